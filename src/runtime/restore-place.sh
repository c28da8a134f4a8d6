#!/usr/bin/env bash
#
# How a restored database takes its place, and the end of a run. Sourced by restore.sh.

closed=''

# put_in_place <directory> <name as JSON>: an empty database that is there makes room in the same transaction, and is dropped after it.
put_in_place() {
  local target rename
  quote_identifier "${target_of[$1]}"
  target=$REPLY
  still_alone
  rename="ALTER DATABASE \"$staging\" RENAME TO $target"
  if [[ ${state_of[$1]} == empty ]]; then
    close_empty "$1" "$2" "$target"
    rename="BEGIN; ALTER DATABASE $target RENAME TO \"$staging-empty\"; $rename; COMMIT"
  fi
  still_alone
  insist "$1" "$rename" || fail "the restored database $2 could not be put in its place: $REPLY; start the restore again, which goes on from here"
  if [[ -n $closed ]]; then
    closed=''
    still_alone
    drop "$staging-empty" || log "the empty database $staging-empty could not be dropped, drop it by hand: $REPLY"
  fi
}

# close_empty: from now on nobody but a superuser can connect, so what is empty stays empty. The database itself remembers its limit.
close_empty() {
  quote_literal "${target_of[$1]}"
  query postgres "SELECT datconnlimit FROM pg_database WHERE datname = $REPLY" || fail "the database $2 could not be closed: $REPLY"
  closed=yes
  query postgres "BEGIN; ALTER DATABASE $3 SET cdk8s_postgres.\"limit\" = '${fields[0]}'; ALTER DATABASE $3 CONNECTION LIMIT 0; COMMIT" ||
    fail "the database $2 could not be closed: $REPLY"
  end_sessions "$1"
  what_is_in "${target_of[$1]}" || fail "the database $2 could not be asked what it holds: $REPLY"
  [[ -z ${fields[0]} ]] || fail "somebody has filled the database $2 meanwhile (${fields[0]}); it is left alone"
}

# reopen: what this run, or one that was killed, has closed and not replaced.
reopen() {
  local one
  query postgres "SELECT format('BEGIN; ALTER DATABASE %I CONNECTION LIMIT %s; ALTER DATABASE %I RESET cdk8s_postgres.\"limit\"; COMMIT', datname,
        substr(option, 22)::int, datname) FROM pg_database d, pg_db_role_setting, unnest(setconfig) AS option
      WHERE setdatabase = d.oid AND setrole = 0 AND option ~ '^cdk8s_postgres.limit=-?[0-9]+\$'" || return 1
  local statements=("${fields[@]}")
  for one in "${statements[@]}"; do query postgres "$one" || return 1; done
}

end_sessions() {
  quote_literal "${target_of[$1]}"
  query postgres "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = $REPLY AND pid <> pg_backend_pid()" || true
}

# insist <directory> <statement>: a session that comes in between, such as the server's own agent, stops a rename.
insist() {
  local turn reason
  for ((turn = 0; turn < 5; turn++)); do
    query postgres "$2" && return
    reason=$REPLY
    [[ $reason == *'being accessed by other users'* ]] || return 1
    end_sessions "$1"
  done
  REPLY=$reason
  return 1
}

# fill_in_place <directory> <name as JSON>: `postgres` and `template1` are in use everywhere, so they are filled in one transaction.
fill_in_place() {
  still_alone
  if [[ ${state_of[$1]} == filled ]]; then
    log "database $2: an earlier run has filled it, it is compared"
  else
    run filled "$1" || fail "the database $2 could not be restored, the reason stands above; nothing of it was restored"
  fi
  compare "$1" "$2" "${target_of[$1]}" "after emptying the database $2: what was filled in is still there, and does not count as restored"
  query postgres "BEGIN; ALTER DATABASE ${target_of[$1]} SET cdk8s_postgres.restored = '$(mark)';
      ALTER DATABASE ${target_of[$1]} RESET cdk8s_postgres.filled; COMMIT" || fail "the restored database $2 could not be marked as complete: $REPLY"
  log "database $2: ${tables_of[$1]} tables, ${rows_of[$1]} rows, ${objects_of[$1]} large objects, in place"
}

# filled: pg_restore ends with the only COMMIT there is, and writes none when it fails. Without --single-transaction it would write
# one behind the large objects. The mark tells the next run that only the comparison may be missing.
filled() {
  {
    printf "BEGIN;\nALTER DATABASE %s SET cdk8s_postgres.filled = '%s';\n" "${target_of[$1]}" "$(mark)"
    pg_restore --single-transaction --exit-on-error --no-tablespaces --file=- "$directory/$backup/$1"
  } | PGDATABASE=${target_of[$1]} PGOPTIONS="${session_options# } -c client_min_messages=error" \
    psql -XAtqw -v ON_ERROR_STOP=1 -v VERBOSITY=terse >/dev/null
}

# end_restore <status>: what is half restored is removed at once, and what was closed is open again.
end_restore() {
  trap - ERR
  if [[ -n $closed ]] && ! { { alone || nobody_restores; } && reopen; }; then
    log 'a database that was to be replaced still refuses everybody: the next restore opens it, or ALTER DATABASE … CONNECTION LIMIT -1'
  fi
  if [[ -n $staging && -z ${complete[$staging]-} ]] && alone; then drop "$staging" || true; fi
  rm -f "$PRIVATE"/restore-*
  clean_up "$1"
}
