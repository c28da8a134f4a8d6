# shellcheck shell=bash
# declared.sh: brings the declared roles, passwords and databases into a server. Sourced by prepare.sh (first start) and
# agent.sh. Reads PGHOST, PGSTS_OWNER and the mounted files. No password is ever in an argument, in the environment, in SQL
# text or in a log.

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

# read_password KEY: sets PASSWORD, or PROBLEM to a sentence that names the key. A role's own Secret stands before the key, with a slash.
read_password() {
  local secret='the Secret' key=${1##*/} file=$CREDENTIALS/$1
  [[ $1 != */* ]] || secret="the Secret ${1%/*}" file=$ROLE_PASSWORDS/$1
  PASSWORD='' PROBLEM=''
  if [[ ! -e $file ]]; then
    PROBLEM="$secret has no key $key"
  elif IFS= read -r -d '' PASSWORD <"$file"; then
    PROBLEM="$secret's key $key holds a zero byte, which no password can"
  elif [[ -z $PASSWORD ]]; then
    PROBLEM="$secret's key $key is empty"
  elif [[ $PASSWORD == *$'\n'* || $PASSWORD == *$'\r'* ]]; then
    PROBLEM="$secret's key $key holds a line break (perhaps only at its end), which no password can"
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

# is_ours ROLE: prints f where somebody else made the role of the backups, of the restores or of the replicas: it lacks the setting that
# ours are made with, which only a superuser can write. Such a role is left alone.
is_ours() {
  [[ $1 == backup || $1 == restore || $1 == replicator ]] || return 0
  our_psql -At -v role="$1" <<'SQL'
SELECT coalesce('cdk8s_postgres.role=' || :'role' = ANY (rolconfig), false) FROM pg_roles WHERE rolname = :'role'
SQL
}

# apply_restore_password ROLE KEY: without a password nobody can log in as this superuser, and that is all that keeps others from it.
apply_restore_password() {
  if read_password "$2"; then
    set_password "$1"
  else
    [[ ! -e $CREDENTIALS/$2 ]] || log "role $1 is closed: $PROBLEM"
    close_role "$1"
  fi
}

# close_role ROLE: takes the password away, and ends who came in with it.
close_role() {
  our_psql -v role="$1" >/dev/null <<'SQL'
SELECT format('ALTER ROLE %I PASSWORD NULL', rolname) FROM pg_authid WHERE rolname = :'role' AND rolpassword IS NOT NULL \gexec
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :'role';
SQL
}

# may_lack KEY: nobody has to log in as the superuser, or as the replicator where there is one instance.
may_lack() {
  local instances=1
  [[ $1 != superuser-password ]] || return 0
  [[ $1 == replication-password ]] && read -r instances <"$CONFIGURATION/topology/instances" && ((instances == 1))
}

# apply_passwords: each by itself, so that one bad key does not keep the others from being applied.
apply_passwords() {
  local role key ours failed=0
  KEPT=''
  [[ -e $DECLARED/passwords ]] || return 0
  while IFS=$'\t' read -r role key <&3; do
    [[ $key ]] || continue
    if ! ours=$(is_ours "$role"); then
      failed=1
    elif [[ $ours == f ]]; then
      # where nobody was to log in nothing was to be done with it
      [[ $key == - ]] || { [[ ! -e $CREDENTIALS/$key ]] && may_lack "$key"; } ||
        log "the role $role was made by somebody else, so it gets neither rights nor the Secret's password and cannot be logged in as:" \
        "rename it, or hand it over: ALTER ROLE $role SET cdk8s_postgres.role = '$role'"
    elif [[ $role == restore ]]; then
      apply_restore_password "$role" "$key" || failed=1
    elif read_password "$key"; then
      set_password "$role" || failed=1
    elif [[ -e $CREDENTIALS/$key ]] || ! may_lack "$key"; then
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
