#!/bin/sh
# Makes the database on the first start; on every start, gives the role the password of the
# environment, so that a rotated secret needs only a restart.
set -eu
umask 077

: "${HOST:?}" "${PORT:?}" "${POSTGRES_USER:?}" "${POSTGRES_PASSWORD:?}" "${POSTGRES_DB:?}"

volume=/var/lib/postgresql/data
# The major version is part of the path: an upgrade finds the old data beside its own.
data="$volume/15"

case "$POSTGRES_USER$POSTGRES_DB" in
*[!a-z0-9_]*)
  echo "POSTGRES_USER and POSTGRES_DB take a-z, 0-9 and _ only" >&2
  exit 2
  ;;
esac

# Two servers on one data directory would destroy it. The server and its children inherit the lock.
exec 9>"$volume/.lock"
flock --nonblock 9 || { echo "another server holds $volume" >&2; exit 1; }

run_sql() { # FOLDER: reads one statement a line
  postgres --single -D "$1" -c hba_file=/etc/postgresql/pg_hba.conf postgres >/dev/null
}

if [ ! -d "$data" ]; then
  # Made aside and renamed, so that a kill in the middle is as if nothing had happened.
  rm -rf "$volume/new"
  initdb --pgdata "$volume/new" --username postgres --auth reject --encoding UTF8 --locale C.UTF-8 \
    --data-checksums
  printf '%s\n' "CREATE ROLE $POSTGRES_USER LOGIN" "CREATE DATABASE $POSTGRES_DB OWNER $POSTGRES_USER" |
    run_sql "$volume/new"
  mv "$volume/new" "$data"
  sync
fi

# A killed server leaves its process id, which in this container may by now be somebody else's. With
# the lock held none of its processes lives.
rm -f "$data/postmaster.pid"

quoted=$(printf %s "$POSTGRES_PASSWORD" | sed "s/'/''/g")
printf '%s\n' "ALTER ROLE $POSTGRES_USER PASSWORD '$quoted'" | run_sql "$data"
unset POSTGRES_PASSWORD quoted

exec postgres -D "$data" -c hba_file=/etc/postgresql/pg_hba.conf -c unix_socket_directories=/tmp \
  -c "listen_addresses=$HOST" -c "port=$PORT"
