#!/bin/sh
# The server on the configuration of the job; SIGHUP reads it again.
set -eu

: "${HOST:?}" "${PORT:?}"

# One of its kind: without an address for the cluster it looks for no others.
exec prometheus-alertmanager --config.file=/config/alertmanager.yml --storage.path=/data \
  --web.listen-address="$HOST:$PORT" --cluster.listen-address=
