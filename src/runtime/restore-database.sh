#!/usr/bin/env bash
#
# Every database: restored beside the others or in place, and compared with the record of the backup. Sourced by restore.sh.

restore_databases() {
  local one quoted again
  for one in "${chosen[@]}"; do
    json_string "${target_of[$one]}"
    quoted=$REPLY
    case ${state_of[$one]} in
      nothing) log "database $quoted: the backup's holds nothing and this server's does: it stays as it is, its settings and privileges too" ;;
      done)
        already=$((already + 1))
        again='drop it first'
        if is_every_servers "$one"; then again="empty it and ALTER DATABASE ${target_of[$one]} RESET cdk8s_postgres.restored"; fi
        log "database $quoted was restored from this backup already and is left alone; to restore it again, $again"
        ;;
      *)
        if is_every_servers "$one"; then fill_in_place "$one" "$quoted"; else restore_database "$one" "$quoted"; fi
        restored=$((restored + 1))
        ;;
    esac
  done
}

# restore_database <directory> <name as JSON>
restore_database() {
  local begun
  now
  begun=$REPLY
  staging_of "$1"
  staging=$REPLY
  if [[ -n ${complete[$staging]-} ]]; then
    log "database $2: an earlier run has restored it, it is put in its place"
  else
    create_staging "$1" "$2"
    fill_staging "$1" ||
      fail "the database $2 could not be restored, the reason stands above; what was restored of it is removed, no other was touched"
    compare "$1" "$2" "$staging" 'nothing was put in place'
    our_psql "$staging" -c ANALYZE || fail "the restored database $2 could not be analyzed, the reason stands above"
    complete_staging "$1" "$2"
  fi
  put_in_place "$1" "$2"
  staging=''
  now
  log "database $2: ${tables_of[$1]} tables, ${rows_of[$1]} rows, ${objects_of[$1]} large objects in $((REPLY - begun)) s"
}

# fill_staging: of what a server says, and pg_restore passes on, the first lines only: those below hold rows.
fill_staging() {
  local line status=0 messages=$PRIVATE/restore-messages
  PGOPTIONS="${session_options# } -c synchronous_commit=off -c lock_timeout=0" run pg_restore --no-password --exit-on-error --no-tablespaces \
    --jobs="$PGSTS_RESTORE_JOBS" --dbname="$staging" "$directory/$backup/$1" 2>"$messages" || status=$?
  while IFS= read -r line; do
    if [[ $line == 'pg_restore: '* ]]; then printf '%s\n' "$line" >&2; fi
  done <"$messages"
  return "$status"
}

# compare <directory> <name as JSON> <database> <what a difference leaves>: what is there now with what the backup recorded.
compare() {
  local script=$PRIVATE/restore-statements now_tables now_rows now_objects
  cat >"$script" <<'SQL'
SELECT format('SELECT count(*) FROM ONLY %s %s', c.oid::regclass, x.condition)
  FROM pg_class c LEFT JOIN (SELECT unnest(extconfig) AS relation, unnest(extcondition) AS condition FROM pg_extension) x ON x.relation = c.oid
 WHERE c.oid >= 16384 AND relkind = 'r' AND relpersistence <> 't'
   AND (x.relation IS NOT NULL OR NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')) \gexec
SELECT 'objects', count(*) FROM pg_largeobject_metadata;
SQL
  our_psql "$3" -f "$script" >"$PRIVATE/backup-answer" || fail "the rows of the restored database $2 could not be counted, the reason stands above"
  read -r now_tables now_rows now_objects < <(awk -F '|' \
    '$1 == "objects" { objects = $2; next } { tables++; rows += $1 } END { printf "%d %.0f %d\n", tables, rows, objects }' "$PRIVATE/backup-answer")
  [[ "$now_tables $now_rows $now_objects" == "${tables_of[$1]} ${rows_of[$1]} ${objects_of[$1]}" ]] ||
    fail "the database $2 has $now_tables tables, $now_rows rows and $now_objects large objects when it is restored, and the backup" \
      "recorded ${tables_of[$1]}, ${rows_of[$1]} and ${objects_of[$1]}: its dump is damaged; use another backup, $4"
}
