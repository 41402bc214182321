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
