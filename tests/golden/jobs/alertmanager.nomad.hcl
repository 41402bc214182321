# alertmanager: rendered by `sre deploy`, do not edit.
job "alertmanager" {
  datacenters = ["*"]
  type        = "service"

  meta {
    version = "0123456789ab"
  }

  group "alertmanager" {
    count = 1

    constraint {
      attribute = "${meta.roles}"
      operator  = "set_contains"
      value     = "monitoring"
    }

    # Where its data is: elsewhere it would start with none.
    constraint {
      attribute = "${meta.zone}"
      value     = "zone-b"
    }

    network {
      mode = "host"
      port "replica_0" {
        static = 9093
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
      name     = "alertmanager"
      provider = "consul"
      port     = "replica_0"
      tags     = ["replica-0", "version-0123456789ab"]

      meta {
        metrics_path = "/metrics"
      }

      check {
        name     = "replica-0"
        type     = "http"
        path     = "/-/ready"
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
# alertmanager 0123456789ab: one service a replica, because each has a cpuset and a port of its own,
# which compose gives to a service, not to the replicas that `scale` makes of it.
# The supervisor restarts what dies; Docker itself must not, or a container could outlive its allocation.
name: alertmanager-$${NOMAD_ALLOC_ID}

x-replica: &replica
  image: registry.test:5000/alertmanager:0123456789ab
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
  mem_limit: 96m
  memswap_limit: 96m
  stop_grace_period: 30s
  tmpfs:
    - /tmp:mode=1777
  volumes:
    - data:/data
    - $${NOMAD_SECRETS_DIR}/files:/config:ro
  logging:
    driver: json-file
    options: {max-size: 10m, max-file: "2"}

x-env: &env
  HOST: $${NOMAD_IP_replica_0}

x-labels: &labels
  sre.env: local
  sre.job: alertmanager
  sre.version: "0123456789ab"
  sre.alloc: $${NOMAD_ALLOC_ID}

services:
  replica-0:
    <<: *replica
    environment: {<<: *env, PORT: "$${NOMAD_PORT_replica_0}"}
    labels: {<<: *labels, sre.replica: "0"}

volumes:
  data:
    name: local-alertmanager-data
    labels: {sre.env: local, sre.job: alertmanager}
EOF
      }

      template {
        destination = "secrets/files/alertmanager.yml"
        perms       = "444"
        change_mode   = "signal"
        change_signal = "SIGHUP"
        data = <<EOF
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
EOF
      }

      resources {
        cpu    = 50
        memory = 96
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
