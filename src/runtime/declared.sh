# shellcheck shell=bash
# declared.sh: brings the declared roles, passwords and databases into a server. Sourced by prepare.sh (first start) and
# agent.sh. Reads PGHOST, PGSTS_OWNER and the mounted files. No password is ever in an argument, in the environment, in SQL
# text or in a log.

readonly DECLARED=$CONFIGURATION/databases
readonly CREDENTIALS=$CONFIGURATION/credentials
readonly PSQL=(psql -X -q -w -U postgres -d postgres -v ON_ERROR_STOP=1 -v VERBOSITY=terse)

# Where somebody has put one of these into the environment, bash would pass our values on to every program.
unset -v PASSWORD PROBLEM

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

# read_password KEY: sets PASSWORD, or PROBLEM to a sentence that names the key.
read_password() {
  PASSWORD='' PROBLEM=''
  if [[ ! -e $CREDENTIALS/$1 ]]; then
    PROBLEM="the Secret has no key $1"
  elif IFS= read -r -d '' PASSWORD <"$CREDENTIALS/$1"; then
    PROBLEM="the Secret's key $1 holds a zero byte, which no password can"
  elif [[ -z $PASSWORD ]]; then
    PROBLEM="the Secret's key $1 is empty"
  elif [[ $PASSWORD == *$'\n'* || $PASSWORD == *$'\r'* ]]; then
    PROBLEM="the Secret's key $1 holds a line break (perhaps only at its end), which no password can"
  fi
  [[ -z $PROBLEM ]] || { PASSWORD='' && return 1; }
}

# check_username: the Secret's username, where it is told, is the declared owner; else sets PROBLEM.
check_username() {
  local username=''
  [[ -e $CREDENTIALS/username ]] || return 0
  IFS= read -r -d '' username <"$CREDENTIALS/username" || true
  PROBLEM="the Secret's key username is not exactly the declared owner, $PGSTS_OWNER"
  [[ $username == "$PGSTS_OWNER" ]]
}

# set_password ROLE: psql takes PASSWORD from its standard input, twice, and sends the server only a verifier. setsid takes a
# terminal away, from which psql would read instead; in a pipeline it starts no further process and is waited for.
set_password() {
  local said
  said=$(printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" |
    our_session setsid "${PSQL[@]}" -v role="$1" -c '\password :"role"' 2>&1) || {
    log "the password of role $1 could not be set: $said"
    return 1
  }
}

# apply_passwords: each by itself, so that one bad key does not keep the others from being applied.
apply_passwords() {
  local role key failed=0
  KEPT=''
  [[ -e $DECLARED/passwords ]] || return 0
  while IFS=$'\t' read -r role key <&3; do
    [[ $key ]] || continue
    if read_password "$key"; then
      set_password "$role" || failed=1
    elif [[ -e $CREDENTIALS/$key || $key != superuser-password ]]; then
      log "role $role keeps the password it has: $PROBLEM"
      # shellcheck disable=SC2034 # the agent tells it
      KEPT=1
    fi
    PASSWORD=''
  done 3<"$DECLARED/passwords"
  return "$failed"
}

# apply_file FILE: an idempotent script of declared objects; absent is empty.
apply_file() { [[ ! -e $1 ]] || our_psql -f "$1"; }

SESSION_OPTIONS=$(session_options)
