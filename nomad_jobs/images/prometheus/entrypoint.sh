#!/bin/sh
# The server on the configuration of the job; SIGHUP reads it again.
set -eu

: "${HOST:?}" "${PORT:?}" "${RETENTION:?}"

exec prometheus --config.file=/config/prometheus.yml --storage.tsdb.path=/data \
  --storage.tsdb.retention.time="$RETENTION" --web.listen-address="$HOST:$PORT"
