#!/usr/bin/env bash
#
# Checks what the Job was given, and names the backup that is meant. Sourced by restore.sh.

password_key='restore-password'
unharmed='no database was replaced by half of another; start the restore again when it is cured'

check_restore_settings() {
  require_text PGHOST PGPORT PGUSER PGSTS_NAME PGSTS_BACKUP_DIRECTORY PGSTS_RESTORE PGSTS_RESTORE_ACTION
  require_number 1 PGSTS_RESTORE_JOBS
  cluster=$PGSTS_NAME wanted=$PGSTS_RESTORE
  if [[ $wanted == */* ]]; then cluster=${wanted%%/*} wanted=${wanted#*/}; fi
  [[ $wanted =~ ^(latest|$timestamp_pattern)$ && $cluster =~ ^[a-z0-9][-a-z0-9.]*$ ]] ||
    fail "PGSTS_RESTORE is \`$PGSTS_RESTORE\`; set it to \`latest\` or to the name of a backup such as 20261121T131848Z," \
      "with the name of another cluster and a slash before it if the backup is another's"
  [[ $PGSTS_RESTORE_ACTION =~ ^(restore|check|list)$ ]] ||
    fail "PGSTS_RESTORE_ACTION is \`$PGSTS_RESTORE_ACTION\`; set it to \`restore\`, \`check\` or \`list\`"
  [[ -z $PGSTS_RESTORE_AS || -n $PGSTS_RESTORE_DATABASE ]] ||
    fail 'PGSTS_RESTORE_AS is a name for one database; set PGSTS_RESTORE_DATABASE to the one that is meant'
  [[ ${#PGSTS_RESTORE_AS} -le 63 && ! $PGSTS_RESTORE_AS =~ ^(postgres|template[01])$ && ! $PGSTS_RESTORE_AS =~ $staging_pattern ]] ||
    fail "PGSTS_RESTORE_AS is \`$PGSTS_RESTORE_AS\`; choose a name of at most 63 bytes that the server has not made for itself"
  directory=$PGSTS_BACKUP_DIRECTORY/$cluster
  # a database may have another role for its sessions
  session_options=' -c role=none'
  export PGCONNECT_TIMEOUT=10 PGAPPNAME=cdk8s-postgres-restore
}

# No statement reaches the server's log or views (it may hold verifiers and rows), nobody's settings stop a long restore, a node that is lost
# does not hold the lock for hours, and what waits for somebody else's transaction says so after a while.
choose_session_options() {
  local setting
  session_options=''
  for setting in log_statement=none log_min_duration_statement=-1 log_min_error_statement=panic log_duration=off \
    pgaudit.log=none auto_explain.log_min_duration=-1 pg_stat_statements.track=none track_activities=off \
    debug_print_parse=off debug_print_rewritten=off debug_print_plan=off client_min_messages=warning synchronous_commit=local \
    default_transaction_read_only=off lock_timeout=10s role=none lc_messages=C statement_timeout=0 idle_in_transaction_session_timeout=0 \
    idle_session_timeout=0 standard_conforming_strings=on tcp_keepalives_idle=30 tcp_keepalives_interval=10 tcp_keepalives_count=3 "$@"; do
    session_options+=" -c $setting"
  done
}

# our_psql <database> <arguments…>: a program with these settings; the message of the server alone, for statements may hold verifiers.
our_psql() {
  local database=$1
  shift
  PGDATABASE=$database PGOPTIONS="-c search_path=pg_catalog$session_options" run psql -XAtqw -v ON_ERROR_STOP=1 -v VERBOSITY=terse "$@"
}
