#!/usr/bin/env bash
#
# Checks what the Job was given before anything is touched, and names its paths. Sourced by backup.sh and restore.sh.

# The role's password, as the Secret's volume names it; the restore has another.
password_key='backup-password'

check_settings() {
  require_text PGHOST PGPORT PGUSER PGSTS_NAME PGSTS_BACKUP_DIRECTORY
  require_number 1 PGSTS_BACKUP_JOBS PGSTS_KEEP_MINIMUM
  require_number 0 PGSTS_KEEP_LAST PGSTS_KEEP_DAILY PGSTS_KEEP_WEEKLY PGSTS_KEEP_MONTHLY
  [[ $PGSTS_NAME != */* && $PGSTS_NAME != .* ]] ||
    fail "PGSTS_NAME is \`$PGSTS_NAME\`, which is no name of a directory; set the name of the cluster"
  directory=$PGSTS_BACKUP_DIRECTORY/$PGSTS_NAME
  # Nobody's settings stop the questions about a large server; pg_dump sets its own.
  session_options=' -c statement_timeout=0 -c idle_session_timeout=0'
  # A server that does not answer is given up on after this; libpq and pg_dump would wait for ever.
  export PGCONNECT_TIMEOUT=10 PGAPPNAME=cdk8s-postgres-backup
}

require_text() {
  local name
  for name in "$@"; do
    [[ -n ${!name-} ]] || fail "the variable $name is not set; the CronJob of cdk8s-postgres sets it: start the Job from it"
  done
}

# require_number <least> <variable…>
require_number() {
  local least=$1 name
  shift
  for name in "$@"; do
    if ! [[ ${!name-} =~ ^(0|[1-9][0-9]{0,5})$ ]] || ((${!name} < least)); then
      fail "the variable $name is \`${!name-}\`; it must be a whole number of at least $least"
    fi
  done
}
