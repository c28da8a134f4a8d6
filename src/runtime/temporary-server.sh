# shellcheck shell=bash
# temporary-server.sh: the server of the first start, which only we and the init scripts can reach. Sourced by prepare.sh.
# Reads PGSTS_OWNER; initialise.sh sets STAGING, and PGHOST to a private directory.

# start_temporary_server OPTION...: without TCP, with the settings that the real one will have, so that init scripts find what is
# preloaded. A short transaction_timeout would end a connection that is still being made, before the options of its session count.
start_temporary_server() {
  local pinned=()
  STEP='the temporary server of the initialisation'
  printf 'local all all peer map=pod\n' >"$PGHOST/pg_hba.conf"
  ((PGSTS_MAJOR < 17)) || pinned=(-c transaction_timeout=0)
  server_command "$STAGING" -c hba_file="$PGHOST/pg_hba.conf" -c unix_socket_directories="$PGHOST" -c listen_addresses= -c ssl=off \
    -c synchronous_standby_names= "${pinned[@]}" "$@"
  "${COMMAND[@]}" </dev/null >&2 {PAUSE}>&- &
  SERVER=$!
  until server_ready "$STAGING" "$SERVER"; do
    running "$SERVER" || wait "$SERVER"
    pause 0.05
  done
}

# end_temporary_server: waits for sessions that are about to end, so that none is told that it was terminated; after 5 s it
# ends the others, which init scripts left behind. A database that then takes over 10 minutes to be written is made anew.
end_temporary_server() {
  STEP='the stop of the temporary server of the initialisation'
  kill -TERM "$SERVER"
  if ! ended_within 5; then
    kill -INT "$SERVER" 2>/dev/null || true
    ended_within 600 || kill -QUIT "$SERVER" 2>/dev/null || true
  fi
  wait "$SERVER"
}

# stop_temporary_server: for good.
stop_temporary_server() {
  end_temporary_server
  rm -rf "$PGHOST"
}

# ended_within SECONDS: whether the temporary server has ended before they are over.
ended_within() {
  local round
  for ((round = 0; round < $1 * 20; round++)); do
    running "$SERVER" || return 0
    pause 0.05
  done
  return 1
}

# run_init_scripts: in the order and with the variables and functions of the official image, for scripts that are baked
# into images made from it. They run once, in the owner's first database. The first that fails ends the initialisation.
run_init_scripts() {
  local file
  export POSTGRES_USER=postgres PGUSER=postgres POSTGRES_DB PGDATABASE
  POSTGRES_DB=$(our_psql -At -v owner="$PGSTS_OWNER" <<'SQL'
SELECT coalesce((SELECT d.datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
                  WHERE r.rolname = :'owner' ORDER BY d.oid LIMIT 1), 'postgres')
SQL
  )
  PGDATABASE=$POSTGRES_DB
  for file in /docker-entrypoint-initdb.d/*; do
    [[ -e $file ]] || continue
    STEP="the initialisation script $file"
    log "running $file"
    run_init_script "$file" >&2
  done
}

run_init_script() {
  case $1 in
    *.sh) if [[ -x $1 ]]; then "$1"; else source_init_script "$1"; fi ;;
    *.sql) docker_process_sql -f "$1" ;;
    *.sql.gz) gzip -dc <"$1" | docker_process_sql ;;
    *.sql.xz) xz -dc <"$1" | docker_process_sql ;;
    *.sql.zst) zstd -dc <"$1" | docker_process_sql ;;
    *) log "ignored $1, which is none of *.sh, *.sql, *.sql.gz, *.sql.xz, *.sql.zst" ;;
  esac
}

docker_process_sql() { psql -X -w -v ON_ERROR_STOP=1 "$@"; }

# source_init_script FILE: in a shell of its own, so that its `exit 0` ends only itself.
source_init_script() (
  # shellcheck disable=SC2034 # sourced scripts use it
  psql=(docker_process_sql)
  set +u
  # shellcheck source=/dev/null
  . "$1"
)
