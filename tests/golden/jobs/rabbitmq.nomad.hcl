# rabbitmq: rendered by `sre deploy`, do not edit.
job "rabbitmq" {
  datacenters = ["*"]
  type        = "service"

  meta {
    version = "0123456789ab"
  }

  group "rabbitmq" {
    count = 3

    constraint {
      attribute = "${meta.roles}"
      operator  = "set_contains"
      value     = "data"
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
        static = 5672
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
      name     = "rabbitmq"
      provider = "consul"
      port     = "replica_0"
      tags     = ["replica-0", "version-0123456789ab"]

      meta {
        metrics_path = "/metrics/detailed"
        metrics_port = "5692"
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
      kill_timeout = "75s"

      # Templates read Consul with a token of the task's own. Not of the group's: the sweep below would wait
      # a minute for one, which an allocation that stops is not given any more.
      consul {}

      config {
        command = "python3"
        args    = ["${NOMAD_ALLOC_DIR}/supervisor.py", "run"]
      }

      env {
        PYTHONUNBUFFERED = "1"
        STOP_GRACE_S     = "60"
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
# rabbitmq 0123456789ab: one service a replica, because each has a cpuset and a port of its own,
# which compose gives to a service, not to the replicas that `scale` makes of it.
# The supervisor restarts what dies; Docker itself must not, or a container could outlive its allocation.
name: rabbitmq-$${NOMAD_ALLOC_ID}

x-replica: &replica
  image: registry.test:5000/rabbitmq:0123456789ab
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
  mem_limit: 640m
  memswap_limit: 640m
  stop_grace_period: 60s
  tmpfs:
    - /tmp:mode=1777
  volumes:
    - data:/var/lib/rabbitmq
    - $${NOMAD_SECRETS_DIR}/files:/config:ro
  env_file:
    - path: $${NOMAD_SECRETS_DIR}/node.env
      format: raw
  logging:
    driver: json-file
    options: {max-size: 10m, max-file: "2"}

x-env: &env
  HOST: $${NOMAD_IP_replica_0}
  CLUSTER_SIZE: "3"
  MEMORY_WATERMARK: "320MB"

x-labels: &labels
  sre.env: local
  sre.job: rabbitmq
  sre.version: "0123456789ab"
  sre.alloc: $${NOMAD_ALLOC_ID}

services:
  replica-0:
    <<: *replica
    environment: {<<: *env, PORT: "$${NOMAD_PORT_replica_0}"}
    labels: {<<: *labels, sre.replica: "0"}

volumes:
  data:
    name: local-rabbitmq-data
    labels: {sre.env: local, sre.job: rabbitmq}
EOF
      }

      template {
        destination = "secrets/node.env"
        env         = false
        perms       = "600"
        # An engine that moves must not restart its callers in the middle of a request.
        change_mode = "noop"
        data        = <<EOF
RABBITMQ_COOKIE={{ with nomadVar "nomad/jobs/rabbitmq" }}{{ .cookie }}{{ end }}
RABBITMQ_PASSWORD={{ with nomadVar "nomad/jobs/rabbitmq" }}{{ .password }}{{ end }}
RABBITMQ_USER={{ with nomadVar "nomad/jobs/rabbitmq" }}{{ .user }}{{ end }}
EOF
      }

      template {
        destination = "secrets/files/peers"
        perms       = "444"
        change_mode = "noop"
        data = <<EOF
{{ range service "rabbitmq|any" }}{{ .Address }}
{{ end }}
EOF
      }

      resources {
        cpu    = 200
        memory = 640
      }

      logs {
        max_files     = 2
        max_file_size = 10
      }
    }

    # Runs even when the task above was killed with SIGKILL: no container outlives its allocation.
    task "sweep" {
      driver       = "raw_exec"
      kill_timeout = "75s"

      lifecycle {
        hook = "poststop"
      }

      config {
        command = "python3"
        args    = ["${NOMAD_ALLOC_DIR}/supervisor.py", "sweep"]
      }

      env {
        STOP_GRACE_S = "60"
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
