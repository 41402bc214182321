# ingress: rendered by `sre deploy`, do not edit.
job "ingress" {
  datacenters = ["*"]
  type        = "service"

  meta {
    version = "0123456789ab"
  }

  group "ingress" {
    count = 3

    constraint {
      attribute = "${meta.roles}"
      operator  = "set_contains"
      value     = "edge"
    }

    constraint {
      operator = "distinct_hosts"
      value    = "true"
    }

    constraint {
      operator  = "distinct_property"
      attribute = "${meta.zone}"
    }

    network {
      mode = "host"
      port "replica_0" {
        static = 8443
      }
    }

    # No second chance on another node within a deployment: the first allocation that fails
    # ends it, and Nomad goes back to the last healthy version.
    update {
      max_parallel      = 1
      health_check      = "checks"
      min_healthy_time  = "3s"
      healthy_deadline  = "300s"
      progress_deadline = "0s"
      auto_revert       = true
    }

    restart {
      attempts = 2
      interval = "5m"
      delay    = "2s"
      mode     = "fail"
    }

    # Whatever ends it, it is tried again: soon at first, then seldom enough not to keep a node busy.
    reschedule {
      delay          = "10s"
      delay_function = "exponential"
      max_delay      = "2m"
      unlimited      = true
    }

    # Out of Consul first, so that callers have gone before SIGTERM comes.
    shutdown_delay = "1s"

    service {
      name     = "ingress"
      provider = "consul"
      port     = "replica_0"
      tags     = ["replica-0", "version-0123456789ab"]

      meta {
        metrics_path = "/metrics"
        metrics_port = "8444"
      }

      check {
        name     = "replica-0"
        type     = "tcp"
        interval = "5s"
        timeout  = "5s"
      }
    }

    task "compose" {
      driver       = "raw_exec"
      kill_signal  = "SIGTERM"
      kill_timeout = "45s"

      # Templates read Consul with a token of the task's own. Not of the group's: the sweep below would wait
      # a minute for one, which an allocation that stops is not given any more.
      consul {}

      config {
        command = "python3"
        args    = ["${NOMAD_ALLOC_DIR}/supervisor.py", "run"]
      }

      env {
        PYTHONUNBUFFERED = "1"
        STOP_GRACE_S     = "30"
      }

      template {
        destination = "${NOMAD_ALLOC_DIR}/supervisor.py"
        change_mode = "noop"
        # Docker's formats hold double braces: this file is text, not a Nomad template.
        left_delimiter  = "[[["
        right_delimiter = "]]]"
        data            = <<EOF
# the supervisor's text stands here
EOF
      }

      template {
        destination     = "${NOMAD_ALLOC_DIR}/compose.yaml"
        change_mode     = "noop"
        left_delimiter  = "[[["
        right_delimiter = "]]]"
        data            = <<EOF
# ingress 0123456789ab: one service a replica, because each has a cpuset and a port of its own,
# which compose gives to a service, not to the replicas that `scale` makes of it.
# The supervisor restarts what dies; Docker itself must not, or a container could outlive its allocation.
name: ingress-$${NOMAD_ALLOC_ID}

x-replica: &replica
  image: registry.test:5000/ingress:0123456789ab
  pull_policy: missing
  scale: 1
  init: true
  restart: "no"
  network_mode: host
  user: "10001:10001"
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  pids_limit: 1024
  mem_limit: 128m
  memswap_limit: 128m
  stop_grace_period: 30s
  tmpfs:
    - /tmp:mode=1777
  volumes:
    - $${NOMAD_SECRETS_DIR}/files:/config:ro
  logging:
    driver: json-file
    options: {max-size: 10m, max-file: "2"}

x-env: &env
  HOST: $${NOMAD_IP_replica_0}

x-labels: &labels
  sre.env: local
  sre.job: ingress
  sre.version: "0123456789ab"
  sre.alloc: $${NOMAD_ALLOC_ID}

services:
  replica-0:
    <<: *replica
    environment: {<<: *env, PORT: "$${NOMAD_PORT_replica_0}"}
    labels: {<<: *labels, sre.replica: "0"}
EOF
      }

      template {
        destination = "secrets/files/haproxy.cfg"
        perms       = "444"
        change_mode   = "signal"
        change_signal = "SIGHUP"
        data = <<EOF
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
EOF
      }

      template {
        destination = "secrets/files/certificate.pem"
        perms       = "444"
        change_mode   = "signal"
        change_signal = "SIGHUP"
        data = <<EOF
{{ with nomadVar "nomad/jobs/ingress" }}{{ .cert_pem }}
{{ .key_pem }}{{ end }}
EOF
      }

      resources {
        cpu    = 100
        memory = 128
      }

      logs {
        max_files     = 2
        max_file_size = 10
      }
    }

    # Runs even when the task above was killed with SIGKILL: no container outlives its allocation.
    task "sweep" {
      driver       = "raw_exec"
      kill_timeout = "45s"

      lifecycle {
        hook = "poststop"
      }

      config {
        command = "python3"
        args    = ["${NOMAD_ALLOC_DIR}/supervisor.py", "sweep"]
      }

      env {
        STOP_GRACE_S = "30"
      }

      resources {
        cpu    = 20
        memory = 32
      }

      logs {
        max_files     = 1
        max_file_size = 1
      }
    }
  }
}
