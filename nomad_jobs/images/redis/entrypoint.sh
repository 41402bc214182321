#!/bin/sh
# Writes the configuration from the environment, then is the server.
set -eu
umask 077

: "${HOST:?}" "${PORT:?}" "${REDIS_PASSWORD:?}" "${MAX_MEMORY:?}"

# A file, for a command line is everybody's to read.
cat >/tmp/redis.conf <<END
bind $HOST
port $PORT
requirepass $REDIS_PASSWORD
dir /data
appendonly yes
save ""
maxmemory $MAX_MEMORY
# Only what has a time to live may go to make room.
maxmemory-policy volatile-lru
END
unset REDIS_PASSWORD

exec redis-server /tmp/redis.conf
