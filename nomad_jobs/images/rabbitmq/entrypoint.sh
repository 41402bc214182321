#!/bin/sh
# Writes the configuration from the environment, then is the server.
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
log.console.use_colors = off
END
interface=$(printf %s "$HOST" | tr . ,)
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {$interface}"

# Killed within a second of a queue's declaration, RabbitMQ 3.10 comes back with the queue's name but
# an empty log whose only member waits to be elected, for ever: so each is told to stand. (What was
# published in that second is lost.)
elect='[ra:trigger_election(amqqueue:get_pid(Q)) || Q <- rabbit_amqqueue:list_by_type(rabbit_quorum_queue)].'
# `default_pass` counts on the first start only: a password that changed since is set here.
after_start() {
    rabbitmqctl --quiet wait --timeout 120 "$RABBITMQ_PID_FILE"
    printf '%s' "$RABBITMQ_PASSWORD" | rabbitmqctl --quiet change_password "$RABBITMQ_USER"
    rabbitmqctl --quiet eval "$elect"
}
(after_start >/dev/null &)
unset RABBITMQ_USER RABBITMQ_PASSWORD

exec rabbitmq-server
