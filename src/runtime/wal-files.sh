# shellcheck shell=bash
# wal-files.sh: which records the WAL on this volume has, as pg_waldump reads them. Sourced by prepare.sh. Reads PGDATA; facts.sh sets CONTROL.

# segment_of TIMELINE POSITION: the name of the file that has it.
segment_of() {
  local size=${CONTROL[Bytes per WAL segment]} parts
  parts=$((0x100000000 / size))
  printf '%08X%08X%08X' "$1" $(($2 / size / parts)) $(($2 / size % parts))
}

# last_segment TIMELINE POSITION: the name of the file with the last record from there on; where that cannot be told, of the last one of all.
last_segment() {
  local size=${CONTROL[Bytes per WAL segment]}
  if last_record "$(read_wal "$PGDATA/pg_wal" "$1" "$(from_number "$2")" --quiet 2>&1)"; then
    # a record may go on in the next one
    segment_of "$1" $((REPLY + size))
  else
    segment_of "$1" $((0x7fffffffffffffff))
  fi
}

# goes_on_behind TIMELINE POSITION RECORD: whether a record of that timeline begins there or later. It is read from an earlier RECORD on, as a
# recovery does: behind the last one is what the file was used for before, which may look like one.
goes_on_behind() {
  local size=${CONTROL[Bytes per WAL segment]} said
  [[ -e $PGDATA/pg_wal/$(segment_of "$1" "$2") ]] || return
  said=$(read_wal "$PGDATA/pg_wal" "$1" "$3" --end="$(from_number $((($2 / size + 1) * size)))" --quiet 2>&1)
  # without a complaint the file is full
  [[ $said ]] || return 0
  last_record "$said" && ((REPLY >= $2))
}

# read_wal FOLDER TIMELINE POSITION OPTION...: what pg_waldump reads from there on; it ends with a complaint that names the last record, behind which
# it found none.
read_wal() {
  LC_ALL=C pg_waldump --path="$1" --timeline="$2" --start="$3" "${@:4}" || true
}

# last_record COMPLAINT: sets REPLY to where the last record begins; fails where it does not say.
last_record() {
  [[ $1 =~ in\ WAL\ record\ at\ ([0-9A-F]+/[0-9A-F]+) ]] && to_number "${BASH_REMATCH[1]}"
}
