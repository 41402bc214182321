#!/bin/sh
# Writes the configuration from the environment, finds its cluster, then is the server.
set -eu
umask 077

: "${HOST:?}" "${PORT:?}" "${RABBITMQ_USER:?}" "${RABBITMQ_PASSWORD:?}" "${RABBITMQ_COOKIE:?}"

cookie=/var/lib/rabbitmq/.erlang.cookie
rm -f "$cookie"
printf %s "$RABBITMQ_COOKIE" >"$cookie"
chmod 400 "$cookie"

# A queue's replicas know each other by their nodes' names. Data under another address is of no use.
data="$RABBITMQ_MNESIA_BASE/rabbit@$HOST"
export ERL_EPMD_PORT=$((PORT + 2)) ERL_EPMD_ADDRESS="$HOST"

member() { escript /usr/local/lib/member.escript "$1" "$HOST" "$PORT"; }

cat >"$RABBITMQ_CONFIG_FILE" <<END
listeners.tcp.default = $HOST:$PORT
prometheus.tcp.ip = $HOST
prometheus.tcp.port = $((PORT + 20))
default_user = $RABBITMQ_USER
default_pass = $RABBITMQ_PASSWORD
# In a zone that is cut off, it stops rather than answer beside the majority.
cluster_partition_handling = pause_minority
net_ticktime = 8
cluster_name = ekyc
# Publishers are blocked before the disk or the container's memory is full.
disk_free_limit.absolute = ${DISK_FREE_LIMIT:-1GB}
vm_memory_high_watermark.absolute = ${MEMORY_WATERMARK:-512MB}
log.file = false
log.console = true
log.console.level = ${LOG_LEVEL:-info}
log.console.use_colors = off
END

decision=$(member decide)
echo "member: $decision"
case "$decision" in
keep | found) ;;
"join "*)
  rm -rf "$data" "$data-plugins-expand"
  cat >>"$RABBITMQ_CONFIG_FILE" <<END
cluster_formation.classic_config.nodes.1 = ${decision#join }
cluster_formation.classic_config.nodes.2 = rabbit@$HOST
END
  ;;
*) exit 1 ;;
esac

interface=$(printf %s "$HOST" | tr . ,)
# Schedulers that wait sleep, instead of spinning on the CPUs of others.
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {$interface} \
+sbwt none +sbwtdcpu none +sbwtdio none"

(until member settle >/dev/null; do sleep 2; done &)
unset RABBITMQ_USER RABBITMQ_PASSWORD RABBITMQ_COOKIE

exec rabbitmq-server
