# shellcheck shell=bash
# init-sql.sh: the SQL that the program wants to run once, at the first start. Sourced by prepare.sh. The file `init` among the declared
# objects lists where each piece is mounted, how much its errors may tell, and what people call it.

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
# The options keep the SQL, in which there may be secrets, out of the server's log. psql tells the error, of a Secret's SQL its code only:
# the words of an error may hold a value.
run_init_sql() {
  local file verbosity called
  [[ -e $DECLARED/init ]] || return 0
  while IFS=$'\t' read -r file verbosity called <&3; do
    STEP="the SQL in $called,"
    log "running $called"
    PGOPTIONS='-c log_statement=none -c log_min_messages=panic -c log_min_duration_statement=-1 -c log_min_error_statement=panic -c pg_stat_statements.track=none -c pgaudit.log=none' \
      psql -X -q -w -v ON_ERROR_STOP=1 -v VERBOSITY="$verbosity" -f "$CONFIGURATION/$file" >&2
  done 3<"$DECLARED/init"
}
