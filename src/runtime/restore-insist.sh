#!/usr/bin/env bash
#
# How a database is changed that others use: their sessions end, their transactions are waited for and named. Sourced by restore.sh.

# How often, each time as long as lock_timeout, somebody's open transaction is waited for.
readonly patience=30

# insist <directory> <command…>: a session that comes in between, such as the server's own agent, stops a rename. False with the message in REPLY.
insist() {
  local one=$1 turn reason='' named=''
  shift
  for ((turn = 0; turn < patience; turn++)); do
    "$@" && return
    reason=$REPLY
    if [[ $reason == *'being accessed by other users'* && $turn -lt 5 ]]; then
      end_sessions "$one"
    elif [[ $reason == *'due to lock timeout'* ]]; then
      tell_holders "$one"
    else
      break
    fi
  done
  REPLY=$reason
  return 1
}

# both_names <directory>: of the database and its copy, as a condition.
both_names() {
  quote_literal "${target_of[$1]}"
  REPLY="datname IN ($REPLY, '$staging')"
}

end_sessions() {
  both_names "$1"
  query postgres "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE $REPLY AND pid <> pg_backend_pid()" || true
}

# tell_holders: once for as long as they are the same.
tell_holders() {
  local sentence
  both_names "$1"
  query postgres "SELECT string_agg(DISTINCT format('session %s of the role %I (%s)', pid, usename, state), ' and ')
    FROM pg_locks JOIN pg_stat_activity a USING (pid) WHERE granted AND pid NOT IN (pg_backend_pid(), $keeper_pid) AND backend_type = 'client backend'
      AND (classid = 'pg_database'::regclass AND objid IN (SELECT oid FROM pg_database WHERE $REPLY)
        OR relation IN ('pg_database'::regclass, 'pg_db_role_setting'::regclass) AND mode <> 'AccessShareLock')" || return 0
  sentence="waiting for ${fields[0]:-a prepared transaction (pg_prepared_xacts)}: a transaction there has changed this database and is not ended"
  [[ $sentence == "$named" ]] || log "$sentence"
  named=$sentence
}
