# Whoever is to be told is named by `webhook_url` in the Nomad variable of this job; without it alerts are
# shown by `sre status` and here.
route:
  receiver: people
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
receivers:
  - name: people
{{- if nomadVarExists "nomad/jobs/alertmanager" }}
{{- with nomadVar "nomad/jobs/alertmanager" }}{{ if .webhook_url.Value }}
    webhook_configs:
      - {url: {{ .webhook_url.Value | toJSON }}, send_resolved: true}
{{- end }}{{ end }}{{ end }}
