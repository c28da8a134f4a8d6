#!/usr/bin/env bash
#
# The dumps: which compression, every database, the globals, and the proof that each dump is readable to its end.
# Sourced by backup.sh.

# A lock that somebody else holds for longer than this ends the run: whoever queues behind a waiting pg_dump waits too.
readonly lock_wait=10min

# Fastest first. A pg_dump that can compress so goes on to connect (to a directory without a socket), another refuses.
choose_compression() {
  local offer message
  for offer in zstd:1 lz4:1 gzip:1 1 0; do
    message=$(pg_dump --host="$PRIVATE" --no-password --compress="$offer" 2>&1 </dev/null) || true
    [[ $message == *'connection to server'* ]] && break
  done
  compress=$offer compression=$offer
  [[ $offer == 1 ]] && compression=gzip:1
  [[ $offer == 0 ]] && compression=none
  log "pg_dump $pg_dump_version, compression $compression, $PGSTS_BACKUP_JOBS jobs"
}

dump_databases() {
  local i
  dumped=() warnings=() size_bytes=0
  for i in "${databases[@]}"; do
    dump_database "$i"
  done
  ((${#dumped[@]} > 0)) || fail 'no database could be dumped; look at the reasons above'
}

# dump_database <index into database_fields>
dump_database() {
  local i=$1 name=${database_fields[$1 + 1]} quoted safe target begun ended status=0
  safe_name "$name"
  safe=$((${#dumped[@]} + 1))-$REPLY
  target=$partial/$safe
  json_string "$name"
  quoted=$REPLY
  now
  begun=$REPLY
  # PGDATABASE, because an argument with `=` in it, or like a URI, is taken for a connection string.
  PGDATABASE=$name run pg_dump --no-password --format=directory --jobs="$PGSTS_BACKUP_JOBS" --compress="$compress" \
    --lock-wait-timeout="$lock_wait" --file="$target" || status=$?
  ((status != 0)) || find_omissions "$name" "$quoted" || status=$?
  if ((status != 0)); then
    dropped "$i" "$target" && return
    fail_dump "the dump of the database $quoted" "$status"
  fi
  check_dump "$target" "$quoted"
  size_of "$target"/*
  now
  ended=$REPLY
  describe "$i" "$quoted" "$safe" "$((ended - begun))"
  log "database $quoted: $entries entries, $dump_bytes bytes in $((ended - begun)) s"
}

# dropped <index> <directory>: whether the database is gone since it was listed. Dropping one is no fault of the backup.
dropped() {
  query postgres "SELECT 1 FROM pg_catalog.pg_database WHERE oid = ${database_fields[$1]} AND datconnlimit <> -2" || return 1
  [[ ${#fields[@]} == 0 ]] || return 1
  json_string "${database_fields[$1 + 1]}"
  leave_out "$REPLY" 'it was dropped while the backup ran'
  run rm -rf "$2"
}

# fail_dump <what> [status]: the program's own message stands above, except of the two causes that can be told from here.
fail_dump() {
  if [[ ${2-} == 137 ]]; then
    fail "$1 was killed, most likely for lack of memory; give the Job a higher memory limit"
  fi
  if is_full; then
    fail "$1 did not fit: the backup claim is full; make it larger or delete an old backup (none was deleted)"
  fi
  fail "$1 failed, the reason stands above; earlier backups are untouched, start the backup again when it is cured"
}

# check_dump <directory> <name as JSON>: the list of contents, and every compressed byte once.
check_dump() {
  local line tables=0
  entries=0
  run pg_restore --list --create "$1" >"$PRIVATE/backup-answer" ||
    fail "the dump of the database $2 cannot be listed; check the volume of the backup claim"
  while IFS= read -r line; do
    if [[ $line == [0-9]* ]]; then entries=$((entries + 1)); fi
    if [[ $line =~ ^[0-9]+\;\ [0-9]+\ [0-9]+\ TABLE\ DATA\  ]]; then tables=$((tables + 1)); fi
  done <"$PRIVATE/backup-answer"
  ((entries > 0)) || fail "the dump of the database $2 has no entries; check the volume of the backup claim"
  if ! count_contents "$1" || ((counted_tables < tables)); then
    fail "the dump of the database $2 cannot be read to its end; check the volume of the backup claim"
  fi
}

# find_omissions <database> <name as JSON>: what PostgreSQL shows and gives to superusers only is not in the dump; that is told and recorded.
find_omissions() {
  local sql
  sql="SELECT pg_catalog.concat_ws(' and ',
      (SELECT pg_catalog.concat(pg_catalog.count(*), ' subscription(s)') FROM pg_catalog.pg_subscription
        WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        HAVING pg_catalog.count(*) > 0),
      (SELECT pg_catalog.concat('the options of ', pg_catalog.count(*), ' user mapping(s)') FROM pg_catalog.pg_user_mapping
        WHERE umoptions IS NOT NULL HAVING pg_catalog.count(*) > 0))
    FROM pg_catalog.pg_roles WHERE rolname = current_user AND NOT rolsuper"
  if ! query "$1" "$sql"; then
    log "the database $2 could not be asked what a dump leaves out: $REPLY"
    return 1
  fi
  [[ -n ${fields[0]-} ]] || return 0
  log "the dump of the database $2 is without ${fields[0]}: only a superuser can read them"
  json_string "${fields[0]}"
  warnings+=("{ \"database\": $2, \"without\": $REPLY }")
}

# Roles with their password verifiers, memberships, settings, tablespaces. After the databases: a role that came
# into being while they were dumped may own what is in them.
dump_globals() {
  run pg_dumpall --no-password --globals-only --database=postgres --file="$partial/globals.sql" ||
    fail_dump 'the dump of the globals'
  [[ -s $partial/globals.sql ]] || fail 'the dump of the globals is empty; check the volume of the backup claim'
  size_of "$partial/globals.sql"
  globals_bytes=$dump_bytes
}

# size_of <files…>: in dump_bytes, and added to the backup's. In portions, because an argument list has a limit.
size_of() {
  local portion size
  dump_bytes=0
  while (($# > 0)); do
    portion=$(stat -c %s "${@:1:500}") || fail 'the size of the dump cannot be read; check the volume of the backup claim'
    for size in $portion; do dump_bytes=$((dump_bytes + size)); done
    shift $(($# < 500 ? $# : 500))
  done
  size_bytes=$((size_bytes + dump_bytes))
}
