# shellcheck shell=bash
# init-sql.sh: the SQL that the program wants to run once, at the first start. Sourced by prepare.sh. The file `init` among the declared
# objects lists where each piece is mounted, how much its errors may tell, and what people call it.

# What keeps the SQL, in which there may be secrets, out of the server's log. Of the server and not of the sessions: the SQL may connect as
# a role that may not set these.
readonly QUIET=(
  -c log_statement=none -c log_min_messages=panic -c log_min_duration_statement=-1 -c log_min_error_statement=panic
  -c pg_stat_statements.track=none -c pgaudit.log=none
)

# guard_init_sql: the first start waits for every piece, since none is run later.
guard_init_sql() {
  local file verbosity called
  [[ -e $DECLARED/init ]] || return 0
  # shellcheck disable=SC2034 # that column is for the one below
  while IFS=$'\t' read -r file verbosity called <&3; do
    [[ -e $CONFIGURATION/$file ]] || refuse init-sql roles "$called of initSql is not there, and the first start runs it"
  done 3<"$DECLARED/init"
}

# run_init_sql: as the superuser in the first database. The first that fails ends the initialisation, which starts over from nothing.
run_init_sql() {
  local file verbosity called status
  [[ -e $DECLARED/init ]] || return 0
  end_temporary_server
  start_temporary_server "${QUIET[@]}"
  while IFS=$'\t' read -r file verbosity called <&3; do
    STEP="the SQL in $called,"
    log "running $called"
    status=0
    case $verbosity in
      sqlstate) run_secret_sql "$CONFIGURATION/$file" || status=$? ;;
      *) run_sql "$CONFIGURATION/$file" "$verbosity" >&2 || status=$? ;;
    esac
    ((status != 1)) || log "$called ends inside a transaction, and nothing that this transaction did would stay: a COMMIT is missing"
    ((status == 0)) || return "$status"
  done 3<"$DECLARED/init"
}

# run_sql FILE VERBOSITY: what can run only outside a transaction comes last, and fails with 1 where the SQL has left one open.
run_sql() { psql -X -q -w -v ON_ERROR_STOP=1 -v VERBOSITY="$2" -f "$1" -c 'DISCARD ALL'; }

# run_secret_sql FILE: what queries return is not shown, and what psql says only as far as it can hold no value.
run_secret_sql() { run_sql "$1" sqlstate 2>&1 >/dev/null | tell_codes "$1"; }

# tell_codes FILE: the number of the line and the code of the server's messages; of psql's own messages, which quote the SQL, the number.
tell_codes() {
  local line
  while IFS= read -r line || [[ $line ]]; do
    if [[ $line =~ ^"psql:$1:"[0-9]+:\ [^\ :]+:\ +[0-9A-Z]{5}$ ]]; then
      printf '%s\n' "$line" >&2
    elif [[ $line =~ ^"psql:$1:"([0-9]+): ]]; then
      log "line ${BASH_REMATCH[1]} of it: psql complains, in words that may hold a secret and are not shown"
    fi
  done
}
