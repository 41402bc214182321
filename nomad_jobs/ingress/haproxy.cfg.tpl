global
  log stdout format raw local0 notice
  maxconn 2000
  stats socket /tmp/haproxy.sock mode 600 level admin expose-fd listeners
  # After a reload, and on a stop, requests may end; nothing stays for ever.
  hard-stop-after 30s
  ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
  mode http
  log global
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout http-request 40s
  timeout http-keep-alive 30s
  timeout queue 5s
  # A server that does not take the connection has not seen the request: the next one gets it.
  retries 3
  option redispatch 1
  option http-keep-alive
  option forwardfor
  # A reload ends connections with their next answer, not between two requests.
  option idle-close-on-response

frontend api
  bind {{ env "NOMAD_IP_replica_0" }}:{{ env "NOMAD_PORT_replica_0" }} ssl crt /config/certificate.pem alpn h2,http/1.1
  # The API's public paths, as it will decode them. Metrics and the administration are asked for inside.
  http-request deny deny_status 404 unless { path,url_dec -m beg /v1/ /static/ } or { path,url_dec /openapi.json /livez /readyz /session /try /docs }
  default_backend api

backend api
  balance leastconn
  option httpchk GET /readyz?when-draining=404
  # One that drains gets nothing new, and ends what it has.
  http-check disable-on-404
  # An API that fails twice is out within two seconds; one that refuses a connection is out at once.
  default-server check inter 1s fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down on-marked-down shutdown-sessions
{{- range $i, $server := service "api|any" }}
  server {{ .Node }}-{{ .Port }} {{ .Address }}:{{ .Port }}
{{- end }}

frontend metrics
  bind {{ env "NOMAD_IP_replica_0" }}:8444
  http-request use-service prometheus-exporter if { path /metrics }
  http-request deny deny_status 404
