{{- range nodes }}
- targets: ["{{ .Address }}"]
  labels: {job: machine, node: "{{ .Node }}", zone: "{{ .Meta.zone }}"}
{{- end }}
{{- range services }}{{ range service (printf "%s|any" .Name) }}{{ if .ServiceMeta.metrics_path }}
- targets: ["{{ .Address }}:{{ or .ServiceMeta.metrics_port .Port }}"]
  labels: {job: "{{ .Name }}", node: "{{ .Node }}", zone: "{{ .NodeMeta.zone }}", alloc: "{{ .ID | regexReplaceAll "^_nomad-task-([0-9a-f-]{36}).*" "$1" }}", __metrics_path__: "{{ .ServiceMeta.metrics_path }}"}
{{- end }}{{ end }}{{ end }}
