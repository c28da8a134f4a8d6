#!/usr/bin/env bash
#
# The server that is restored into: what it is, that no other restore runs, and which databases may be filled. Sourced by
# restore.sh.

# The key of the advisory lock: «restore» in ASCII.
readonly restore_lock=32199629570863717

# open_server: logs in, and keeps others from restoring into it.
open_server() {
  use_tls
  write_passfile
  wait_for_server
  read_target
  lock_server
  reopen || fail "a database that an earlier run has closed could not be opened again: $REPLY"
}

read_target() {
  local client newer=()
  query postgres "SELECT current_setting('server_version_num'), current_setting('server_version'), pg_is_in_recovery(),
      (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)" || fail "the server could not be asked what it is: $REPLY"
  major=$((fields[0] / 10000))
  [[ ${fields[2]} == f ]] || fail "the server only reads: it is a standby; restore into the primary"
  [[ ${fields[3]} == t ]] || fail "the role $PGUSER is no superuser, and only one can restore everything; make it one"
  ((record_number / 10000 <= major)) ||
    fail "the backup is of PostgreSQL $record_version and the server is ${fields[1]}; a backup goes into the same major or a newer one"
  client=$(pg_restore --version) || fail "pg_restore cannot be started; use an image of PostgreSQL's server programs"
  log "from PostgreSQL $record_version into ${fields[1]}, ${client#pg_restore (PostgreSQL) }, $PGSTS_RESTORE_JOBS jobs"
  # only now: a role that is no superuser could not even log in with them
  ((major < 17)) || newer=(transaction_timeout=0 event_triggers=off)
  choose_session_options "${newer[@]}"
}

# lock_server: a session that holds the lock until this script ends, however it ends.
lock_server() {
  local answer='' commands
  : >"$PRIVATE/restore-lock"
  exec {commands}> >(PGDATABASE=postgres PGOPTIONS="-c search_path=pg_catalog$session_options" exec psql -XAtqw >"$PRIVATE/restore-lock" 2>&1)
  keeper=$!
  printf 'SELECT pg_try_advisory_lock(%s), pg_backend_pid();\n' "$restore_lock" >&"$commands"
  until read -r answer <"$PRIVATE/restore-lock"; do
    running "$keeper" || fail 'the server ended the session that keeps other restores away; start the restore again'
    pause 0.1
  done
  [[ $answer != 'f|'* ]] || fail 'another restore into this server runs; wait for its end and start this one again'
  [[ $answer =~ ^t\|([0-9]+)$ ]] || fail "the lock that keeps other restores away could not be taken: $answer"
  keeper_pid=${BASH_REMATCH[1]}
}

# The lock as the server knows it: 64 bits in two halves.
readonly lock_held="FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND classid = $((restore_lock >> 32))
  AND objid = $((restore_lock & 4294967295)) AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"

# alone: psql does not notice that the server has ended its session, so the server is asked who holds the lock.
alone() { running "$keeper" && query postgres "SELECT count(*) $lock_held AND pid = $keeper_pid" && [[ ${fields[0]} == 1 ]]; }

nobody_restores() { query postgres "SELECT count(*) $lock_held" && [[ ${fields[0]} == 0 ]]; }

# still_alone: before any database is made, dropped or renamed.
still_alone() {
  alone || fail "the session that keeps other restores away was ended; $unharmed"
}

# examine_targets: `chosen` are the directories to restore, target_of their database. Everything is looked at before anything is changed.
examine_targets() {
  local one occupied=''
  declare -gA target_of=() state_of=()
  chosen=() restored=0 already=0
  for one in "${directories[@]}"; do
    [[ -z $PGSTS_RESTORE_DATABASE || ${name_of[$one]} == "$PGSTS_RESTORE_DATABASE" ]] || continue
    chosen+=("$one")
    target_of[$one]=${PGSTS_RESTORE_AS:-${name_of[$one]}}
    examine "$one"
    if is_every_servers "$one" && [[ ${state_of[$one]} == occupied* ]] && ! has_contents "$one"; then state_of[$one]=nothing; fi
    [[ ${state_of[$one]} != occupied* ]] || occupied+="; ${state_of[$one]#occupied }"
  done
  ((${#chosen[@]} > 0)) || fail "the backup holds no database \`$PGSTS_RESTORE_DATABASE\`; it holds: ${contents[*]}"
  [[ -z $occupied ]] ||
    fail "${occupied#; }; nothing was changed: drop or rename what nobody needs, or restore one database beside it with" \
      "PGSTS_RESTORE_DATABASE and PGSTS_RESTORE_AS"
}

# is_every_servers <directory>: by the name that it gets: under another one it is a database like the others.
is_every_servers() { [[ ${target_of[$1]} == postgres || ${target_of[$1]} == template1 ]]; }

has_contents() {
  run pg_restore --list "$directory/$backup/$1" >"$PRIVATE/backup-answer" ||
    fail "the dump of the database \"${name_of[$1]}\" cannot be listed; use another backup, nothing was changed"
  grep -q '^[0-9]' "$PRIVATE/backup-answer"
}

# examine <directory>: absent, empty, done or filled but not compared (by an earlier run, of this very backup), or occupied.
examine() {
  local target=${target_of[$1]} quoted marked
  json_string "$target"
  quoted=$REPLY
  quote_literal "$target"
  query postgres "SELECT CASE WHEN datconnlimit = -2 THEN 'half' ELSE datallowconn::text END,
      (SELECT min(option) FROM pg_db_role_setting, unnest(setconfig) AS option
        WHERE setdatabase = d.oid AND setrole = 0 AND option IN ('cdk8s_postgres.filled=$(mark)', 'cdk8s_postgres.restored=$(mark)'))
      FROM pg_database d WHERE datname = $REPLY" || fail "the server could not be asked for its databases: $REPLY"
  if ((${#fields[@]} == 0)); then
    state_of[$1]=absent
  elif [[ ${fields[0]} == half ]]; then
    state_of[$1]="occupied the database $quoted is what a DROP DATABASE left that did not end, and can only be dropped"
  elif [[ ${fields[0]} != true ]]; then
    state_of[$1]="occupied the database $quoted does not accept connections"
  else
    marked=${fields[1]}
    what_is_in "$target" || fail "the database $quoted could not be asked what it holds: $REPLY"
    if [[ -n $marked && (-n ${fields[0]} || ${tables_of[$1]} == 0) ]]; then
      state_of[$1]=done
      if [[ $marked == cdk8s_postgres.filled=* ]]; then state_of[$1]=filled; fi
    else
      # marked and empty: somebody has taken away what was restored
      state_of[$1]=${fields[0]:+"occupied the database $quoted is not empty (${fields[0]})"}
      state_of[$1]=${state_of[$1]:-empty}
    fi
  fi
}

# mark: what a database that was restored from this backup carries as a setting.
mark() { printf '%s/%s/%s' "$cluster" "$backup" "$record_sum"; }
