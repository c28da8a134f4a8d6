#!/usr/bin/env bash
#
# How a restored database takes its place, and the end of a run. Sourced by restore.sh.

closed=''

# put_in_place <directory> <name as JSON>: an empty database that is there makes room in the same transaction, and is dropped after it.
put_in_place() {
  local target rename aside=''
  quote_identifier "${target_of[$1]}"
  target=$REPLY
  still_alone
  read_limit || fail "the restored database $2 could not be asked for its limit of connections: $REPLY; start the restore again"
  rename="ALTER DATABASE \"$staging\" CONNECTION LIMIT $REPLY; ALTER DATABASE \"$staging\" RESET cdk8s_postgres.staging;
    ALTER DATABASE \"$staging\" RENAME TO $target"
  if [[ ${state_of[$1]} == empty ]]; then
    close_empty "$1" "$2" "$target"
    # it stays closed, so that it is certain to be empty whenever it is dropped
    aside="ALTER DATABASE $target RESET cdk8s_postgres.\"limit\"; ALTER DATABASE $target SET cdk8s_postgres.staging = '0';
      ALTER DATABASE $target RENAME TO \"$staging-empty\";"
  fi
  rename="BEGIN; $aside $rename; COMMIT"
  still_alone
  insist "$1" query postgres "$rename" || fail "the restored database $2 could not be put in its place: $REPLY; start the restore again, which goes on from here"
  if [[ -n $closed ]]; then
    closed=''
    still_alone
    drop "$staging-empty" ||
      log "the empty database that was replaced is closed and could not be dropped: $REPLY; the next restore drops it, or as superuser:" \
        "DROP DATABASE \"$staging-empty\" WITH (FORCE)"
  fi
}

# read_limit: of the copy, as it will be in its place.
read_limit() {
  query postgres "SELECT substring(option FROM '$staging_mark(-?[0-9]+)\$')
    FROM pg_database d JOIN pg_db_role_setting ON setdatabase = d.oid AND setrole = 0, unnest(setconfig) AS option
    WHERE datname = '$staging' AND option ~ '$staging_mark'" || return 1
  REPLY=${fields[0]-}
  [[ $REPLY == *[0-9] ]]
}

# close_empty: from now on nobody but a superuser can connect, so what is empty stays empty. The database itself remembers its limit.
close_empty() {
  quote_literal "${target_of[$1]}"
  query postgres "SELECT datconnlimit FROM pg_database WHERE datname = $REPLY" || fail "the database $2 could not be closed: $REPLY"
  closed="ALTER DATABASE $3 CONNECTION LIMIT ${fields[0]}"
  insist "$1" query postgres "BEGIN; ALTER DATABASE $3 SET cdk8s_postgres.\"limit\" = '${fields[0]}'; ALTER DATABASE $3 CONNECTION LIMIT 0; COMMIT" ||
    fail "the database $2 could not be closed: $REPLY"
  end_sessions "$1"
  what_is_in "${target_of[$1]}" || fail "the database $2 could not be asked what it holds: $REPLY"
  [[ -z ${fields[0]} ]] || fail "somebody has filled the database $2 meanwhile (${fields[0]}); it is left alone"
}

# reopen: what this run, or one that was killed, has closed and not replaced. A limit that somebody has set since stays.
reopen() {
  local one
  query postgres "SELECT concat('BEGIN; ',
        CASE WHEN datconnlimit = 0 THEN format('ALTER DATABASE %I CONNECTION LIMIT %s; ', datname, substr(option, 22)::int) END,
        format('ALTER DATABASE %I RESET cdk8s_postgres.\"limit\"; COMMIT', datname))
      FROM pg_database d, pg_db_role_setting, unnest(setconfig) AS option
      WHERE setdatabase = d.oid AND setrole = 0 AND datconnlimit <> -2 AND option ~ '^cdk8s_postgres.limit=-?[0-9]+\$'" || return 1
  local statements=("${fields[@]}")
  for one in "${statements[@]}"; do query postgres "$one" || return 1; done
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
  read_properties "$1" "${target_of[$1]}" || fail "the settings of the database $2 cannot be read from its dump; use another backup"
  set_properties "$1" "ALTER DATABASE ${target_of[$1]} CONNECTION LIMIT $limit;" \
    "ALTER DATABASE ${target_of[$1]} SET cdk8s_postgres.restored = '$(mark)';" "ALTER DATABASE ${target_of[$1]} RESET cdk8s_postgres.filled;" ||
    fail "the settings of the database $2 could not be restored: $REPLY; it is filled, start the restore again, which goes on from here"
  log "database $2: ${tables_of[$1]} tables, ${rows_of[$1]} rows, ${objects_of[$1]} large objects, in place"
}

# filled: pg_restore ends with the only COMMIT there is, and writes none when it fails. Without --single-transaction it would write
# one behind the large objects. The mark tells the next run that only the comparison may be missing.
filled() {
  {
    printf "BEGIN;\nALTER DATABASE %s SET cdk8s_postgres.filled = '%s';\n" "${target_of[$1]}" "$(mark)"
    make_room "$1" && pg_restore --single-transaction --exit-on-error --no-tablespaces --file=- "$directory/$backup/$1"
  } | PGDATABASE=${target_of[$1]} PGOPTIONS="${session_options# } -c client_min_messages=error -c lock_timeout=0" \
    psql -XAtqw -v ON_ERROR_STOP=1 -v VERBOSITY=terse >/dev/null
}

# make_room <directory>: what counts as empty may have schemas that the backup has too, such as declared ones. Those with nothing in them go first.
make_room() {
  local line list=' '
  pg_restore --list "$directory/$backup/$1" >"$PRIVATE/backup-answer" || return 1
  while IFS= read -r line; do
    if [[ $line =~ ^[0-9]+\;\ 2615\ [0-9]+\ (SCHEMA\ -\ .*)$ ]]; then list+="${BASH_REMATCH[1]} "; fi
  done <"$PRIVATE/backup-answer"
  quote_literal "$list"
  cat <<SQL
SELECT format('DROP SCHEMA %I', nspname) FROM pg_namespace n WHERE oid >= 16384 AND strpos($REPLY, format(' SCHEMA - %s ', nspname)) > 0
  AND NOT EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = n.oid AND deptype <> 'a')
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e') \\gexec
SQL
}

# end_restore <status>: what is half restored is removed at once, and what was closed is open again.
end_restore() {
  trap - ERR
  if [[ -n $closed ]] && ! { { alone || nobody_restores; } && reopen; }; then
    log "a database that was to be replaced still refuses everybody: the next restore opens it, or as superuser: $closed"
  fi
  if [[ -n $unfinished ]] && alone; then drop "$unfinished" || true; fi
  rm -f "$PRIVATE"/restore-*
  clean_up "$1"
}
