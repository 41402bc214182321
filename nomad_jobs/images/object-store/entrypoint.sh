#!/bin/sh
# A bucket is a directory: those of BUCKETS are there before the first request.
set -eu
umask 077

: "${HOST:?}" "${PORT:?}" "${ROOT_ACCESS_KEY:?}" "${ROOT_SECRET_KEY:?}"

for bucket in ${BUCKETS:-}; do
  mkdir -p "/data/$bucket"
done

exec versitygw --port "$HOST:$PORT" --health /healthz posix /data
