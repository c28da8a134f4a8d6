# shellcheck shell=bash
# passwords.sh: brings the passwords of the mounted Secrets into a server, one by one. Sourced after declared.sh by prepare.sh and agent.sh.
# Reads PGSTS_OWNER and the mounted files. No password is ever in an argument, in the environment, in SQL text or in a log.

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
