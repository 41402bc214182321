# Consul of the cluster blue: rendered by `sre infra up`, do not edit.
node_name        = "blue-1"
datacenter       = "blue"
data_dir         = "/state/sre/blue/consul"
server           = true
bootstrap_expect = 1

bind_addr   = "127.0.0.1"
client_addr = "127.0.0.1"

ports {
  http     = 10500
  server   = 10300
  serf_lan = 10301
  dns      = 10600
  serf_wan = -1
  grpc     = -1
  grpc_tls = -1
}

# The only server: it has nobody to wait for.
performance {
  raft_multiplier = 1
}

ui_config {
  enabled = false
}

disable_update_check = true
log_level            = "INFO"

# What a failing check saw reaches the catalog at once: `sre deploy` shows it.
check_update_interval = "1s"
