# shellcheck shell=bash
# wal-files.sh: which records the WAL on this volume has, as pg_waldump reads them. Sourced by prepare.sh. Reads PGDATA; facts.sh sets CONTROL.

# segment_of TIMELINE POSITION: the name of the file that has it.
segment_of() {
  local size=${CONTROL[Bytes per WAL segment]} parts
  parts=$((0x100000000 / size))
  printf '%08X%08X%08X' "$1" $(($2 / size / parts)) $(($2 / size % parts))
}

# last_file FOLDER TIMELINE: the name of the last one there, which may only wait for its use.
last_file() {
  local files
  printf -v files '%s/%08X' "$1" "$2"
  files=("$files"????????????????)
  printf '%s' "${files[-1]##*/}"
}

# last_segment TIMELINE POSITION: the name of the file with the last record from there on; where that cannot be told, of the last one of all.
last_segment() {
  local size=${CONTROL[Bytes per WAL segment]}
  if last_record "$(read_wal "$PGDATA/pg_wal" "$1" "$2" "$(last_file "$PGDATA/pg_wal" "$1")" --quiet 2>&1)"; then
    # a record may go on in the next one
    segment_of "$1" $((REPLY + size))
  else
    segment_of "$1" $((0x7fffffffffffffff))
  fi
}

# goes_on_behind TIMELINE POSITION RECORD: whether a whole record of that timeline begins there or later. It is read from an earlier RECORD on, as a
# recovery does: behind the last one is what the file was used for before, which may look like one.
goes_on_behind() {
  local file said
  file=$(segment_of "$1" "$2")
  [[ -e $PGDATA/pg_wal/$file ]] || return
  said=$(read_wal "$PGDATA/pg_wal" "$1" "$3" "$file" --quiet 2>&1)
  if last_record "$said"; then
    ((REPLY >= $2))
  elif [[ $said == *error:* ]]; then
    log "whether this copy has more WAL than its primary cannot be told: $said"
    return 1
  else
    # it ends without a complaint also where the last record goes on in the next file, which need not be here
    said=$(read_wal "$PGDATA/pg_wal" "$1" "$2" "$(last_file "$PGDATA/pg_wal" "$1")" --limit=1 2>/dev/null)
    [[ $said == *rmgr:* ]]
  fi
}

# read_wal FOLDER TIMELINE POSITION LAST OPTION...: what pg_waldump reads from there on, to the end of the file LAST; where the records end before that, it
# complains, and names the last one. Both files are named: without that it goes by the first that it finds, also by one that nothing was written to yet.
read_wal() {
  LC_ALL=C pg_waldump --path="$1" --start="$(from_number "$3")" "${@:5}" "$(segment_of "$2" "$3")" "$4" || true
}

# last_record COMPLAINT: sets REPLY to where the last record begins; fails where it does not say.
last_record() {
  [[ $1 =~ in\ WAL\ record\ at\ ([0-9A-F]+/[0-9A-F]+) ]] && to_number "${BASH_REMATCH[1]}"
}
