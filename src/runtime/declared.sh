# shellcheck shell=bash
# declared.sh: brings the declared roles and databases into a server. Sourced by prepare.sh (first start) and agent.sh.
# Reads PGHOST, PGSTS_MAJOR and the mounted files.

readonly DECLARED=$CONFIGURATION/databases
readonly CREDENTIALS=$CONFIGURATION/credentials
readonly ROLE_PASSWORDS=$CONFIGURATION/role-passwords
readonly PSQL=(psql -X -q -w -U postgres -d postgres -v ON_ERROR_STOP=1 -v VERBOSITY=terse)

# Where somebody has put one of these into the environment, bash would pass our values on to every program.
unset -v PASSWORD PROBLEM TOLD

# What our sessions set for themselves, whatever the parameters say: no statement reaches the server's log or its statistics, nobody's objects shadow
# the catalogue, nothing waits for a replica or, for long, for a lock, passwords become SCRAM verifiers.
session_options() {
  local setting
  ((PGSTS_MAJOR < 17)) || printf -- '-c event_triggers=off -c transaction_timeout=0 '
  for setting in log_statement=none log_min_duration_statement=-1 log_min_error_statement=panic log_duration=off \
    debug_print_parse=off debug_print_rewritten=off debug_print_plan=off track_activities=off \
    pg_stat_statements.track=none pgaudit.log=none auto_explain.log_min_duration=-1 \
    client_min_messages=warning search_path= synchronous_commit=local password_encryption=scram-sha-256 \
    default_transaction_read_only=off lock_timeout=10s statement_timeout=0 idle_in_transaction_session_timeout=0; do
    printf -- '-c %s ' "$setting"
  done
}

# our_session PROGRAM ARGUMENT...: a client program with these settings.
our_session() { PGOPTIONS=$SESSION_OPTIONS PGCLIENTENCODING=UTF8 "$@"; }

# our_psql ARGUMENT...: as the superuser over the socket.
our_psql() { our_session "${PSQL[@]}" "$@"; }

# apply_file FILE: an idempotent script of declared objects; absent is empty.
apply_file() { [[ ! -e $1 ]] || our_psql -f "$1"; }

# apply_contents: what is declared inside each database. Each piece stands alone; what is missing is told once, for as long as it is, and
# 1 is returned.
apply_contents() {
  local file database line said told=''
  [[ -e $DECLARED/contents ]] || return 0
  while IFS=$'\t' read -r file database <&3; do
    # a name may look like a connection string: in one it cannot
    said=${database//\\/\\\\}
    said=$(our_psql -At -v ON_ERROR_STOP=0 -d "dbname='${said//\'/\\\'}'" -f "$DECLARED/$file" 2>&1) || said+=$'\n'"it cannot be reached"
    while IFS= read -r line; do
      [[ -z $line ]] || told+="in the database $database: ${line#"psql:$DECLARED/"}"$'\n'
    done <<<"$said"
  done 3<"$DECLARED/contents"
  told=${told%$'\n'}
  [[ $told == "${TOLD:-}" ]] || while IFS= read -r line; do log "$line"; done <<<"${told:-everything that is declared inside the databases is there}"
  TOLD=$told
  [[ -z $told ]]
}

SESSION_OPTIONS=$(session_options)
TOLD=''
