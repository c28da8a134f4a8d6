#!/usr/bin/env bash
#
# One database: restored into a database beside the others, compared with the record of the backup, and marked as complete.
# Sourced by restore.sh.

readonly staging_pattern="^restore-$timestamp_pattern-[0-9a-f]{8}-[0-9]+(-empty)?\$"
staging=''

restore_databases() {
  local one quoted
  for one in "${chosen[@]}"; do
    json_string "${target_of[$one]}"
    quoted=$REPLY
    case ${state_of[$one]} in
      nothing) log "database $quoted: every server has it, and the backup's holds nothing" ;;
      done)
        already=$((already + 1))
        log "database $quoted was restored from this backup already and is left alone; to restore it again, drop it first"
        ;;
      *)
        if is_every_servers "$one"; then fill_in_place "$one" "$quoted"; else restore_database "$one" "$quoted"; fi
        restored=$((restored + 1))
        ;;
    esac
  done
}

# staging_of <directory>: no client knows this name, and the next run does.
staging_of() { REPLY=restore-$backup-$record_sum-${1%%-*}; }

# remove_unfinished: what a dead run left. Only complete copies of what is wanted now are of use.
remove_unfinished() {
  local one name useful='' i
  for one in "${chosen[@]}"; do staging_of "$one" && useful+=" $REPLY "; done
  declare -gA complete=()
  query postgres "SELECT datname, EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) AS option
      WHERE setdatabase = d.oid AND setrole = 0 AND option = 'cdk8s_postgres.restored=$(mark)')
    FROM pg_database d WHERE datname ~ '$staging_pattern'" || fail "the server could not be asked for its databases: $REPLY"
  local found=("${fields[@]}")
  for ((i = 0; i < ${#found[@]}; i += 2)); do
    name=${found[i]}
    if [[ $useful == *" $name "* && ${found[i + 1]} == t ]]; then
      complete[$name]=1
    else
      still_alone
      log "removing the database $name, left by a restore that did not end"
      drop "$name" || fail "the database $name cannot be dropped: $REPLY"
    fi
  done
}

# A copy that was complete is marked as a template or with a limit of connections, if the original was.
drop() {
  query postgres "ALTER DATABASE \"$1\" IS_TEMPLATE false" && query postgres "DROP DATABASE \"$1\" WITH (FORCE)"
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
    PGOPTIONS="${session_options# } -c synchronous_commit=off" run pg_restore --no-password --exit-on-error --no-tablespaces \
      --jobs="$PGSTS_RESTORE_JOBS" --dbname="$staging" "$directory/$backup/$1" ||
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

# database_statements <directory>: into `statements`: the database itself, its settings, privileges and comment. Where the name has
# a line break, pg_restore ends in front of the last three: it would have to write a command that psql cannot read.
database_statements() {
  local entry list=$PRIVATE/restore-list script=$PRIVATE/restore-statements
  run pg_restore --list --create "$directory/$backup/$1" >"$PRIVATE/backup-answer" || return 1
  while IFS= read -r entry; do
    if [[ $entry =~ ^[0-9]+\;\ [0-9]+\ [0-9]+\ (ACL|COMMENT|SECURITY\ LABEL)\ -\ DATABASE\  ]]; then printf '%s\n' "$entry"; fi
  done <"$PRIVATE/backup-answer" >"$list"
  run pg_restore --create --use-list="$list" --file="$script" "$directory/$backup/$1" 2>"$PRIVATE/backup-message" ||
    [[ ${name_of[$1]} == *[$'\n\r']* ]] || return 1
  read_statements "$script"
}

create_staging() {
  local statement created=''
  database_statements "$1" || fail "what the database $2 was made with cannot be read from its dump; use another backup"
  still_alone
  for statement in "${statements[@]}"; do
    if [[ $statement != 'CREATE DATABASE '* ]] || ! renamed "$statement" "\"$staging\""; then continue; fi
    # The folders of other tablespaces are not there: everything goes into the data directory.
    if [[ $REPLY =~ ^(.*)\ TABLESPACE\ =\ $identifier\;$ ]]; then REPLY="${BASH_REMATCH[1]};"; fi
    query postgres "$REPLY" || fail "the database $2 could not be made: $REPLY"
    created=yes
  done
  [[ ${name_of[$1]} != *[$'\n\r']* ]] || log "database $2: settings, privileges and comment of a database with such a name cannot be restored"
  [[ -n $created ]] || fail "the dump of the database $2 does not say how to make it; use another backup"
}

# complete_staging: settings, owner, privileges and the mark, all at once, behind everything else.
complete_staging() {
  local statement script=$PRIVATE/restore-statements marked
  database_statements "$1" || fail "the settings of the database $2 cannot be read from its dump; use another backup"
  marked=$(mark)
  {
    printf 'BEGIN;\n'
    for statement in "${statements[@]}"; do
      if [[ $statement == 'CREATE DATABASE '* ]] || ! renamed "$statement" "\"$staging\""; then continue; fi
      # not what an earlier restore has noted; and template1 under another name is no template
      [[ $REPLY == *' SET "cdk8s_postgres.'* || ${name_of[$1]} == template1 && $REPLY == *' IS_TEMPLATE = true;' ]] || printf '%s\n' "$REPLY"
    done
    printf "ALTER DATABASE \"%s\" SET cdk8s_postgres.restored = '%s';\nCOMMIT;\n" "$staging" "$marked"
  } >"$script.renamed"
  our_psql postgres -f "$script.renamed" >/dev/null || fail "the settings of the database $2 could not be restored, the reason stands above"
  # whatever fails from now on, the next run goes on from here
  complete[$staging]=1
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
