#!/usr/bin/env bash
# adopt.sh: takes over a database of the same major version that another image or chart left on this volume: renames it to
# where our server looks for it. Nothing is copied and nothing of the database is deleted. Run by hand in a pod that waits with
# `old-layout`; it may be killed at any moment and run again. See docs/runbooks/migrate.md.
#   adopt.sh                        looks and tells what it would do
#   adopt.sh --libc=NAME            does it; NAME is the C library of the old image, such as glibc-2.36
#       --crashed                   also where the old server was not shut down; be sure that none runs on the volume
#       --directory=DIRECTORY       which database, where there are several
# Reads PGDATA, PGSTS_MAJOR, PGSTS_NAME. Exit status: 0 done or looked; 1 refused or failed, with the reason.
set -euo pipefail

main() {
  LIBC='' CRASHED='' SOURCE='' STAGE='' RESUMED=''
  # shellcheck source=SCRIPTDIR/common.sh
  . /opt/cdk8s-postgres/common.sh
  # shellcheck source=SCRIPTDIR/identity.sh
  . "$SCRIPTS/identity.sh"
  # shellcheck source=SCRIPTDIR/server-command.sh
  . "$SCRIPTS/server-command.sh"
  # shellcheck source=SCRIPTDIR/layouts.sh
  . "$SCRIPTS/layouts.sh"
  # shellcheck source=SCRIPTDIR/adopt-checks.sh
  . "$SCRIPTS/adopt-checks.sh"
  shopt -s nullglob
  read_options "$@"
  be_alone
  find_source
  [[ $RESUMED ]] || check_source
  if [[ -z $LIBC ]]; then
    log "nothing was changed; to take $SOURCE over, run: bash $SCRIPTS/adopt.sh --libc=NAME${CRASHED:+ --crashed}"
    return
  fi
  gather
  [[ -z $RESUMED ]] || check_source
  remember
  settle
  place
}

read_options() {
  local option
  for option; do
    case $option in
      --libc=*) LIBC=${option#*=} ;;
      --crashed) CRASHED=1 ;;
      --directory=*) SOURCE=${option#*=} SOURCE=${SOURCE%/} ;;
      *) fail "$option is none of --libc=NAME, --crashed, --directory=DIRECTORY" ;;
    esac
  done
  [[ -z $LIBC || $LIBC =~ ^(glibc|musl)-[0-9]+\.[0-9]+$ ]] ||
    fail "$LIBC is not the name of a C library; such names are glibc-2.36 and musl-1.2, docs/runbooks/migrate.md tells how to find it"
}

# fail SENTENCE: refuses.
fail() {
  log "$1"
  exit 1
}

# be_alone: while the supervisor waits with this reason it holds the lock of the volume, starts no server and touches no file.
be_alone() {
  local state=()
  mapfile -t state <"$STATE_FILE"
  [[ ${state[0]} == state=waiting && ${state[2]} == reason=old-layout:* ]] ||
    fail "this pod does not wait with old-layout, but is ${state[0]#*=}${state[2]#reason}: there is nothing to take over"
  exec {ALONE}>"$PRIVATE/adopt.lock"
  flock -n "$ALONE" || fail 'another adopt.sh is running in this pod'
}

# gather: every entry moves by a rename; what says that this is a database moves last. The directory itself may be a mount
# point, as the root of the volume is and the folder that an image declares as a volume.
gather() {
  local entry
  [[ $SOURCE != "$STAGE" ]] || return 0
  mkdir -p "$STAGE"
  for entry in "$SOURCE"/{*,.[!.]*}; do
    case ${entry##*/} in PG_VERSION | cdk8s-postgres.* | lost+found | data | [0-9]*) continue ;; esac
    [[ ! -e $STAGE/${entry##*/} ]] || fail "${entry##*/} is both in $SOURCE and in $STAGE; look at them and move the wrong one away"
    mv "$entry" "$STAGE/"
  done
  durable "$STAGE"
  mv "$SOURCE/PG_VERSION" "$STAGE/"
  durable "$STAGE"
}

# remember: the identity names the old C library, so that another one is not taken for the same. Written before anything of
# the database changes: a run that is killed from here on is known to have begun.
remember() { write_identity "$IDENTITY_FILE" "$PGSTS_NAME" "$(control_value 'Database system identifier' "$STAGE")" "$LIBC" adopted; }

# settle: what our server and our scripts rely on. The old server is gone, so its file of locks is stale.
settle() {
  local said superuser preload=()
  chmod 0700 "$STAGE"
  rm -f "$STAGE/postmaster.pid"
  choose_libraries
  said=$(single_user <<'SQL'
DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postgres') THEN CREATE ROLE postgres LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS; END IF; END$$
SELECT 'first=' || rolname || ';' AS told FROM pg_roles WHERE oid = 10
SELECT 'ready=postgres;' AS told FROM pg_roles WHERE rolname = 'postgres' AND rolsuper AND rolcanlogin
SELECT 'database=postgres;' AS told FROM pg_database WHERE datname = 'postgres'
SQL
  ) || fail "the database in $STAGE cannot be opened, the log says why; nothing of it was deleted"
  [[ $said == *'"ready=postgres;"'* ]] || fail "the role postgres of the database in $STAGE is no superuser that may log in; nothing was deleted"
  [[ $said == *'"database=postgres;"'* ]] ||
    single_user <<<'CREATE DATABASE postgres' >/dev/null || fail 'the database postgres is missing and cannot be made'
  superuser=${said#*'"first='}
  superuser=${superuser%%';"'*}
  [[ $superuser == postgres ]] ||
    log "the old image made the role $superuser a superuser, which it stays; docs/runbooks/migrate.md tells how to take that away"
}

# single_user: runs each line of the input in a server without sessions and without a network, which recovers what has to be.
single_user() {
  postgres --single -D "$STAGE" -c config_file="$CONFIGURATION/settings/postgresql.conf" -c default_transaction_read_only=off \
    -c log_statement=none "${preload[@]}" template1
}

# place: from here on it is ours.
place() {
  [[ $(control_value 'Database cluster state' "$STAGE") == 'shut down' ]]
  durable "$STAGE"
  [[ ! -e $PGDATA ]] || rmdir "$PGDATA"
  mv "$STAGE" "${STAGE%/*}/${PGDATA##*/}"
  durable "$VOLUME"
  log "took over $SOURCE as $PGDATA; the server starts within some seconds"
}

main "$@"
exit
