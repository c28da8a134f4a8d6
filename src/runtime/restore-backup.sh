#!/usr/bin/env bash
#
# The backup that is read: which one, what its record says, and that every byte is as it was. Sourced by restore.sh.

# Backups wait for the end of a restore, so that no retention removes what is being read; restores do not disturb each other.
lock_for_reading() {
  local holder='' status=0
  [[ -d $directory ]] ||
    fail "there are no backups of $cluster on this claim; check the claim, and the name if they are another cluster's"
  if ! { exec {lock}<"$directory/.lock"; } 2>/dev/null; then
    log "$directory/.lock cannot be opened: a backup that runs now is not kept from removing old ones"
    return
  fi
  flock -s -n "$lock" || status=$?
  ((status != 1)) && return
  read -r holder <"$directory/.lock" || true
  fail "a backup runs on this claim ($holder); wait for its end and start the restore again"
}

# list_backups: ends the run.
list_backups() {
  local name
  find_good_backups
  log "$cluster has ${#good[@]} complete backups"
  for name in "${good[@]}"; do
    backup=$name
    read_record
    log "$name: ${#contents[@]} databases, $record_bytes bytes, of PostgreSQL $record_version: ${contents[*]}"
  done
  exit 0
}

find_backup() {
  backup=$wanted
  if [[ $wanted == latest ]]; then
    find_good_backups
    ((${#good[@]} > 0)) || fail "there is no complete backup of $cluster on this claim"
    backup=${good[0]}
  fi
  [[ -d $directory/$backup ]] ||
    fail "there is no backup $backup of $cluster on this claim; list what is there with PGSTS_RESTORE_ACTION=list"
  is_good "$directory/$backup" ||
    fail "$backup of $cluster is no complete backup: a file is missing, or its record is not the one that was summed; use another one"
  log "backup $backup of $cluster"
}

# read_record: each database of the backup in name_of, tables_of, rows_of and objects_of, by its directory.
read_record() {
  local line sum file
  local database='^    \{ "name": "(([^"\\]|\\.)*)", "directory": "([0-9A-Za-z_%-]+)", .*"tables": ([0-9]+), "rows": ([0-9]+), "largeObjects": ([0-9]+),'
  declare -gA name_of=() tables_of=() rows_of=() objects_of=()
  directories=() contents=() record_version='' record_number=0 record_sum=''
  while IFS= read -r line; do
    if [[ $line =~ $database ]]; then
      directories+=("${BASH_REMATCH[3]}")
      contents+=("\"${BASH_REMATCH[1]}\"")
      tables_of[${BASH_REMATCH[3]}]=${BASH_REMATCH[4]}
      rows_of[${BASH_REMATCH[3]}]=${BASH_REMATCH[5]}
      objects_of[${BASH_REMATCH[3]}]=${BASH_REMATCH[6]}
      file=${BASH_REMATCH[3]}
      from_json "${BASH_REMATCH[1]}"
      name_of[$file]=$REPLY
    elif [[ $line =~ ^'  "serverVersion": "'([^\"]*)'",'$ ]]; then
      record_version=${BASH_REMATCH[1]}
    fi
  done <"$directory/$backup/backup.json"
  number_in_record "$backup" serverVersionNumber && record_number=$REPLY
  number_in_record "$backup" sizeBytes && record_bytes=$REPLY
  while read -r sum file; do
    if [[ $file == backup.json ]]; then record_sum=${sum:0:8}; fi
  done <"$directory/$backup/SHA256SUMS"
  ((${#directories[@]} > 0 && record_number > 0)) || fail "the record of $backup names no database that this restore can read"
}

# from_json <text between the quotes>: what json_string of the backup was given.
from_json() {
  local text=$1 out='' byte
  while [[ $text == *\\* ]]; do
    out+=${text%%\\*} text=${text#*\\}
    if [[ $text == u00* ]]; then
      printf -v byte %b "\\x${text:3:2}"
      out+=$byte text=${text:5}
    else
      out+=${text:0:1} text=${text:1}
    fi
  done
  REPLY=$out$text
}

# check_backup: ends the run.
check_backup() {
  chosen=("${directories[@]}")
  check_sums
  log "backup $backup is as it was written: ${contents[*]}"
  exit 0
}

# check_sums: of what is to be read. A file that no sum covers counts as changed.
check_sums() {
  local one files listed
  files=("$directory/$backup/globals.sql" "$directory/$backup/backup.json")
  for one in "${chosen[@]}"; do files+=("$directory/$backup/$one"/*); done
  listed=$(wanted_sums | wc -l)
  ((${#files[@]} == listed)) || fail "$backup has ${#files[@]} files to read and $((listed)) checksums of them; use another backup"
  log "checking $((listed)) files"
  run verify_sums || fail "$backup is damaged, its files are named above; use another backup, nothing was changed"
}

# A line that is no sum is none: sha256sum skips such a line and ends well.
wanted_sums() {
  local sum file one
  while IFS= read -r sum; do
    [[ $sum =~ ^[0-9a-f]{64}\ \ . ]] || continue
    file=${sum:66}
    for one in globals.sql backup.json "${chosen[@]}"; do
      if [[ $file == "$one" || $file == "$one"/* ]]; then printf '%s\n' "$sum"; fi
    done
  done <"$directory/$backup/SHA256SUMS"
}

# busybox knows the short option only, and nothing that keeps it from telling every good file.
verify_sums() {
  cd "$directory/$backup" || return 1
  wanted_sums | sha256sum -c - 2>&1 | { grep -v ': OK$' >&2 || true; }
}
