# face-liveness-worker: rendered by `sre deploy`, do not edit.
job "face-liveness-worker" {
  datacenters = ["*"]
  type        = "service"

  meta {
    version = "0123456789ab"
  }

  group "face-liveness-worker" {
    count = 2

    constraint {
      attribute = "${meta.roles}"
      operator  = "set_contains"
      value     = "worker"
    }

    constraint {
      operator = "distinct_hosts"
      value    = "true"
    }

    spread {
      attribute = "${meta.zone}"
      weight    = 100

      target "zone-a" {
        percent = 50
      }

      target "zone-b" {
        percent = 50
      }
    }

    network {
      mode = "host"
      port "replica_0" {
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
      name     = "face-liveness-worker"
      provider = "consul"
      port     = "replica_0"
      tags     = ["replica-0", "version-0123456789ab"]

      meta {
        metrics_path = "/metrics"
      }

      check {
        name     = "replica-0"
        type     = "http"
        path     = "/readyz"
        interval = "2s"
        timeout  = "2s"
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
# face-liveness-worker 0123456789ab: one service a replica, because each has a cpuset and a port of its own,
# which compose gives to a service, not to the replicas that `scale` makes of it.
# The supervisor restarts what dies; Docker itself must not, or a container could outlive its allocation.
name: face-liveness-worker-$${NOMAD_ALLOC_ID}

x-replica: &replica
  image: registry.test:5000/services:0123456789ab
  command: ["worker", "face-liveness"]
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
  mem_limit: 704m
  memswap_limit: 704m
  stop_grace_period: 30s
  tmpfs:
    - /tmp:mode=1777
  healthcheck:
    test: ["CMD", "python3", "-m", "services.probe"]
    interval: 10s
    timeout: 5s
    start_period: 300s
  env_file:
    - path: $${NOMAD_SECRETS_DIR}/node.env
      format: raw
  logging:
    driver: json-file
    options: {max-size: 10m, max-file: "2"}

x-env: &env
  HOST: $${NOMAD_IP_replica_0}
  EKYC_THREADS: "1"

x-labels: &labels
  sre.env: local
  sre.job: face-liveness-worker
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
        destination = "secrets/node.env"
        env         = false
        perms       = "600"
        # An engine that moves must not restart its callers in the middle of a request.
        change_mode = "noop"
        data        = <<EOF
EKYC_BROKER_URL={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ $to := printf "amqp://%s:%s@" .broker_user.Value .broker_password.Value }} {{- with service "rabbitmq|any" }}{{ $to }}{{ range $i, $member := . }}{{ if $i }},{{ end }} {{- .Address }}:{{ .Port }}{{ end }}/{{ end }}{{ end }}
EKYC_DATABASE_URL={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ $at := "" }} {{- if .database_host.Value }}{{ $at = printf "%s:%s" .database_host.Value .database_port.Value }} {{- else }}{{ range service "postgres|any" }}{{ $at = printf "%s:%d" .Address .Port }}{{ end }}{{ end }} {{- if $at }}postgresql+asyncpg://{{ .database_user }}:{{ .database_password }}@{{ $at }}/ {{- .database_name }}{{ end }}{{ end }}
EKYC_FALLBACK_OBJECTS_URL={{ with nomadVar "nomad/jobs/face-liveness-worker" }}s3://{{ .s3_fallback_bucket }}{{ end }}
EKYC_FALLBACK_S3_ACCESS_KEY={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ .s3_fallback_access_key }}{{ end }}
EKYC_FALLBACK_S3_ENDPOINT={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ if .s3_fallback_endpoint.Value }}{{ .s3_fallback_endpoint }}{{ else }} {{- with service "object-store-fallback|any" }}{{ with index . 0 }}http://{{ .Address }}:{{ .Port }}{{ end }} {{- end }}{{ end }}{{ end }}
EKYC_FALLBACK_S3_REGION={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ .s3_fallback_region }}{{ end }}
EKYC_FALLBACK_S3_SECRET_KEY={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ .s3_fallback_secret_key }}{{ end }}
EKYC_OBJECTS_URL={{ with nomadVar "nomad/jobs/face-liveness-worker" }}s3://{{ .s3_bucket }}{{ end }}
EKYC_S3_ACCESS_KEY={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ .s3_access_key }}{{ end }}
EKYC_S3_ENDPOINT={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ if .s3_endpoint.Value }}{{ .s3_endpoint }}{{ else }} {{- with service "object-store|any" }}{{ with index . 0 }}http://{{ .Address }}:{{ .Port }}{{ end }}{{ end }} {{- end }}{{ end }}
EKYC_S3_REGION={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ .s3_region }}{{ end }}
EKYC_S3_SECRET_KEY={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ .s3_secret_key }}{{ end }}
EKYC_SEALING_KEYS={{ with nomadVar "nomad/jobs/face-liveness-worker" }}{{ .sealing_keys }}{{ end }}
EOF
      }

      resources {
        cpu    = 200
        memory = 704
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
