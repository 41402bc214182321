# Nomad of the cluster blue: rendered by `sre infra up`, do not edit.
name       = "blue-1"
datacenter = "blue"
data_dir   = "/state/sre/blue/nomad"
bind_addr  = "127.0.0.1"

ports {
  http = 6646
  rpc  = 6647
  serf = 6648
}

advertise {
  http = "127.0.0.1"
  rpc  = "127.0.0.1"
  serf = "127.0.0.1"
}

server {
  enabled          = true
  bootstrap_expect = 1
  raft_multiplier  = 1
}

client {
  enabled           = true
  network_interface = "lo"
  min_dynamic_port  = 22000
  max_dynamic_port  = 22999

  meta {
    zone = "local-a"
    pool = "local"
  }

  options {
    # Jobs are compose files run by raw_exec; nothing else may start anything.
    "driver.allowlist" = "raw_exec"
    # Off the clouds, each of these would wait for a metadata server that is not there.
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,env_digitalocean"
  }
}

plugin "raw_exec" {
  config {
    enabled = true
  }
}

# Loopback is open to every user of the machine, and a job of theirs would run as this agent's user.
acl {
  enabled = true
}

consul {
  address = "127.0.0.1:10500"
}

telemetry {
  prometheus_metrics         = true
  publish_allocation_metrics = true
  publish_node_metrics       = true
}

ui {
  enabled = false
}

disable_update_check = true
log_level            = "INFO"
