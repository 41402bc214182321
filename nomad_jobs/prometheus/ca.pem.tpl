{{ with nomadVar "nomad/jobs/prometheus" }}{{ .ca_pem }}{{ end }}
