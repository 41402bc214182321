{{ range service "rabbitmq|any" }}{{ .Address }}
{{ end }}
