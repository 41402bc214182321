# prometheus: rendered by `sre deploy`, do not edit.
job "prometheus" {
  datacenters = ["*"]
  type        = "service"

  meta {
    version = "0123456789ab"
  }

  group "prometheus" {
    count = 1

    constraint {
      attribute = "${meta.roles}"
      operator  = "set_contains"
      value     = "monitoring"
    }

    # Where its data is: elsewhere it would start with none.
    constraint {
      attribute = "${meta.zone}"
      value     = "zone-c"
    }

    network {
      mode = "host"
      port "replica_0" {
        static = 9090
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
      name     = "prometheus"
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
# prometheus 0123456789ab: one service a replica, because each has a cpuset and a port of its own,
# which compose gives to a service, not to the replicas that `scale` makes of it.
# The supervisor restarts what dies; Docker itself must not, or a container could outlive its allocation.
name: prometheus-$${NOMAD_ALLOC_ID}

x-replica: &replica
  image: registry.test:5000/prometheus:0123456789ab
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
  mem_limit: 512m
  memswap_limit: 512m
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
  RETENTION: "32d"

x-labels: &labels
  sre.env: local
  sre.job: prometheus
  sre.version: "0123456789ab"
  sre.alloc: $${NOMAD_ALLOC_ID}

services:
  replica-0:
    <<: *replica
    environment: {<<: *env, PORT: "$${NOMAD_PORT_replica_0}"}
    labels: {<<: *labels, sre.replica: "0"}

volumes:
  data:
    name: local-prometheus-data
    labels: {sre.env: local, sre.job: prometheus}
EOF
      }

      template {
        destination = "secrets/files/prometheus.yml"
        perms       = "444"
        change_mode   = "signal"
        change_signal = "SIGHUP"
        data = <<EOF
global:
  scrape_interval: 15s
  evaluation_interval: 15s

rule_files: [/config/*.rules.yml]

alerting:
  alertmanagers:
    - file_sd_configs: [{files: [/config/targets.yml]}]
      relabel_configs: [{source_labels: [job], regex: alertmanager, action: keep}]

# Whom to ask stands in targets.yml, which Nomad renders from Consul; Debian's Prometheus cannot ask Consul.
scrape_configs:
  # Every job whose YAML says `metrics`. RabbitMQ tells of single queues only when it is asked for these families.
  - job_name: jobs
    scrape_interval: 5s # a rollout's gates look as often
    params: {family: [queue_coarse_metrics, queue_consumer_count]}
    file_sd_configs: [{files: [/config/targets.yml]}]
    relabel_configs: [{source_labels: [job], regex: machine, action: drop}]

  # The machines themselves, and the two agents on each.
  - job_name: machines
    file_sd_configs: &machines [{files: [/config/targets.yml]}]
    relabel_configs:
      - &only {source_labels: [job], regex: machine, action: keep}
      - {source_labels: [__address__], replacement: "$1:9100", target_label: __address__}
  - job_name: nomad
    scheme: https
    tls_config: &tls {ca_file: /config/ca.pem, server_name: localhost}
    metrics_path: /v1/metrics
    params: {format: [prometheus]}
    file_sd_configs: *machines
    relabel_configs:
      - *only
      - {source_labels: [__address__], replacement: "$1:4646", target_label: __address__}
      - {replacement: nomad, target_label: job}
  - job_name: consul
    scheme: https
    tls_config: *tls
    authorization: {credentials: "{{ env "CONSUL_TOKEN" }}"}
    metrics_path: /v1/agent/metrics
    params: {format: [prometheus]}
    file_sd_configs: *machines
    relabel_configs:
      - *only
      - {source_labels: [__address__], replacement: "$1:8501", target_label: __address__}
      - {replacement: consul, target_label: job}
EOF
      }

      template {
        destination = "secrets/files/ca.pem"
        perms       = "444"
        change_mode = "noop"
        data = <<EOF
{{ with nomadVar "nomad/jobs/prometheus" }}{{ .ca_pem }}{{ end }}
EOF
      }

      template {
        destination = "secrets/files/targets.yml"
        perms       = "444"
        change_mode = "noop"
        data = <<EOF
{{- range nodes }}
- targets: ["{{ .Address }}"]
  labels: {job: machine, node: "{{ .Node }}", zone: "{{ .Meta.zone }}"}
{{- end }}
{{- range services }}{{ range service (printf "%s|any" .Name) }}{{ if .ServiceMeta.metrics_path }}
- targets: ["{{ .Address }}:{{ or .ServiceMeta.metrics_port .Port }}"]
  labels: {job: "{{ .Name }}", node: "{{ .Node }}", zone: "{{ .NodeMeta.zone }}", alloc: "{{ .ID | regexReplaceAll "^_nomad-task-([0-9a-f-]{36}).*" "$1" }}", __metrics_path__: "{{ .ServiceMeta.metrics_path }}"}
{{- end }}{{ end }}{{ end }}
EOF
      }

      resources {
        cpu    = 200
        memory = 512
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
