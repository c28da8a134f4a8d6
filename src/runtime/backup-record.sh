#!/usr/bin/env bash
#
# The record of a backup: backup.json (what it is) and SHA256SUMS (that every byte is still there). Sourced by backup.sh.
# backup.json has one member a line at its outermost level, so that a script can read a number from it.

# describe <index> <name as JSON> <directory> <seconds>: one element of `databases`.
describe() {
  local i=$1 template=false encoding collate ctype locale version tablespace
  [[ ${database_fields[i + 2]} == t ]] && template=true
  json_string "${database_fields[i + 3]}" && encoding=$REPLY
  json_string "${database_fields[i + 5]}" && collate=$REPLY
  json_string "${database_fields[i + 6]}" && ctype=$REPLY
  json_string "${database_fields[i + 7]}" && locale=$REPLY
  json_string "${database_fields[i + 8]}" && version=$REPLY
  json_string "${database_fields[i + 9]}" && tablespace=$REPLY
  dumped+=("{ \"name\": $2, \"directory\": \"$3\", \"oid\": ${database_fields[i]}, \"template\": $template,\
 \"encoding\": $encoding, \"localeProvider\": \"${database_fields[i + 4]}\", \"collate\": $collate, \"ctype\": $ctype,\
 \"locale\": $locale, \"collationVersion\": $version, \"tablespace\": $tablespace, \"databaseBytes\": ${database_fields[i + 12]},\
 \"sizeBytes\": $dump_bytes, \"tocEntries\": $entries,\
 \"tables\": $counted_tables, \"rows\": $counted_rows, \"largeObjects\": $counted_objects, \"durationSeconds\": $4 }")
}

record_backup() {
  local json sums=$partial/SHA256SUMS
  sum_files
  now
  finished=$REPLY
  duration_seconds=$((finished - started))
  json=$(record)
  printf '%s\n' "$json" >"$partial/backup.json" || fail_dump 'writing backup.json'
  (cd "$partial" && sha256sum backup.json) >>"$sums" || fail_dump 'writing SHA256SUMS'
}

# Read back from the volume, in portions, because an argument list has a limit.
sum_files() {
  local files=() i
  files=("$partial"/globals.sql "$partial"/*/*)
  files=("${files[@]#"$partial"/}")
  for ((i = 0; i < ${#files[@]}; i += 500)); do
    run sum_portion "${files[@]:i:500}" >>"$partial/SHA256SUMS" || fail_dump 'writing SHA256SUMS'
  done
}

sum_portion() {
  cd "$partial" && exec sha256sum "$@"
}

record() {
  local started_text finished_text version dump_version host
  printf -v started_text '%(%Y-%m-%dT%H:%M:%SZ)T' "$started"
  printf -v finished_text '%(%Y-%m-%dT%H:%M:%SZ)T' "$finished"
  json_string "$server_version" && version=$REPLY
  json_string "$pg_dump_version" && dump_version=$REPLY
  json_string "$PGHOST" && host=$REPLY
  printf '{\n'
  printf '  "%s": %s,\n' format "$format_version" name "\"$PGSTS_NAME\"" backup "\"$backup\"" \
    started "\"$started_text\"" finished "\"$finished_text\"" durationSeconds "$duration_seconds" \
    sizeBytes "$size_bytes" databaseBytes "$database_bytes" \
    serverVersion "$version" serverVersionNumber "$server_version_num" systemIdentifier "\"$system_identifier\"" \
    host "$host" inRecovery "$in_recovery" walPosition "\"$wal_position\"" \
    pgDumpVersion "$dump_version" compression "\"$compression\"" jobs "$PGSTS_BACKUP_JOBS" \
    globals "{ \"file\": \"globals.sql\", \"sizeBytes\": $globals_bytes }"
  list databases "${dumped[@]}"
  list notDumped "${not_dumped[@]}"
  list warnings "${warnings[@]}"
  printf '  "retention": {\n'
  printf '    "%s": %s,\n' last "$PGSTS_KEEP_LAST" daily "$PGSTS_KEEP_DAILY" weekly "$PGSTS_KEEP_WEEKLY" \
    monthly "$PGSTS_KEEP_MONTHLY" minimum "$PGSTS_KEEP_MINIMUM"
  names keep "${keep[@]}"
  printf '%s,\n' "$REPLY"
  names delete "${discard[@]}"
  printf '%s\n  }\n}\n' "$REPLY"
}

# list <member> <elements…>
list() {
  local member=$1 comma=''
  shift
  printf '  "%s": [' "$member"
  while (($# > 0)); do
    printf '%s\n    %s' "$comma" "$1"
    comma=,
    shift
  done
  [[ -z $comma ]] || printf '\n  '
  printf '],\n'
}

# names <member> <timestamps…>
names() {
  local joined
  printf -v joined '"%s", ' "${@:2}"
  (($# > 1)) || joined=', '
  REPLY="    \"$1\": [${joined%, }]"
}
