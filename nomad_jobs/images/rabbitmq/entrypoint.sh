#!/bin/sh
# Every port follows from PORT, so that two clusters stand side by side on one machine:
# PORT clients, +1 other nodes, +2 epmd, +20 metrics.
set -eu
umask 077

: "${HOST:?}" "${PORT:?}" "${RABBITMQ_USER:?}" "${RABBITMQ_PASSWORD:?}"

cat >"$RABBITMQ_CONFIG_FILE" <<END
listeners.tcp.default = $HOST:$PORT
prometheus.tcp.ip = $HOST
prometheus.tcp.port = $((PORT + 20))
default_user = $RABBITMQ_USER
default_pass = $RABBITMQ_PASSWORD
# Publishers are blocked before the disk or the container's memory is full.
disk_free_limit.absolute = ${DISK_FREE_LIMIT:-1GB}
vm_memory_high_watermark.absolute = ${MEMORY_WATERMARK:-512MB}
log.file = false
log.console = true
log.console.level = ${LOG_LEVEL:-info}
END
unset RABBITMQ_USER RABBITMQ_PASSWORD

export RABBITMQ_DIST_PORT=$((PORT + 1)) ERL_EPMD_PORT=$((PORT + 2)) ERL_EPMD_ADDRESS="$HOST"
interface=$(printf %s "$HOST" | tr . ,)
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {$interface}"

exec rabbitmq-server
