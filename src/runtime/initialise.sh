# shellcheck shell=bash
# initialise.sh: makes the first database in a staging directory, verified and durable, and renames it into place. A crash
# at any instant leaves nothing, a staging directory that is made anew, or the finished database. Sourced by prepare.sh.
# Reads PGDATA, PGSTS_MAJOR, PGSTS_NAME, PGSTS_OWNER, PGSTS_WAL_VOLUME, PGSTS_LOCALE_PROVIDER, PGSTS_LOCALE,
# PGSTS_WAL_SEGMENT_MEBIBYTES.

# A staging directory that holds the identity file is complete: it only waits to be renamed.
readonly COMPLETE=cdk8s-postgres.identity

initialise() {
  local id
  local -x PGHOST
  STEP='the initialisation'
  set_state initialising
  printf -v id '%08x' "$SRANDOM"
  STAGING=${PGDATA%/*}/.initialising-$id
  mkdir -p "$STAGING"
  rm -rf "$PRIVATE"/initialising-*
  PGHOST=$(mktemp -d "$PRIVATE/initialising-XXXXXX")
  run_initdb
  start_temporary_server
  STEP='the initialisation, declared roles and databases,'
  apply_file "$DECLARED/roles.sql"
  apply_passwords
  apply_file "$DECLARED/databases.sql"
  # What is missing may come with the scripts; the agent tries it again.
  apply_contents || true
  run_init_scripts
  run_init_sql
  stop_temporary_server
  STEP='the initialisation'
  seal
  finish_initialisation
}

run_initdb() {
  local arguments=(
    --pgdata="$STAGING" --username=postgres --encoding=UTF8 --data-checksums --no-sync --no-instructions
    --auth-local=peer --auth-host=scram-sha-256 --wal-segsize="$PGSTS_WAL_SEGMENT_MEBIBYTES"
  )
  case $PGSTS_LOCALE_PROVIDER in
    builtin) arguments+=(--locale=C.UTF-8 --locale-provider=builtin --builtin-locale="$PGSTS_LOCALE") ;;
    icu) arguments+=(--locale=C.UTF-8 --locale-provider=icu --icu-locale="$PGSTS_LOCALE") ;;
    *) arguments+=(--locale="$PGSTS_LOCALE") ;;
  esac
  [[ -z $PGSTS_WAL_VOLUME ]] || arguments+=(--waldir="$PGSTS_WAL_VOLUME/${STAGING##*/}")
  # Where the node has huge pages that the container may not use, initdb would die of SIGBUS.
  ((PGSTS_MAJOR < 16)) || arguments+=(--set huge_pages=off)
  STEP=initdb
  initdb "${arguments[@]}" >"$PRIVATE/initdb.log" 2>&1 || { cat "$PRIVATE/initdb.log" >&2 && return 1; }
}

# seal: the identity file says that this staging directory is complete; everything else is durable before it.
seal() {
  local identifier
  identifier=$(control_value 'Database system identifier' "$STAGING")
  [[ $(control_value 'Database cluster state' "$STAGING") == 'shut down' ]]
  [[ -z $PGSTS_WAL_VOLUME ]] || ln -sfn "$PGSTS_WAL_VOLUME/$PGSTS_NAME/$identifier" "$STAGING/pg_wal"
  durable "$STAGING"
  [[ -z $PGSTS_WAL_VOLUME ]] || durable "$PGSTS_WAL_VOLUME"
  write_identity "$STAGING/$COMPLETE" "$PGSTS_NAME" "$identifier" "$(libc_lineage)" initdb
}
