{{ with nomadVar "nomad/jobs/ingress" }}{{ .cert_pem }}
{{ .key_pem }}{{ end }}
