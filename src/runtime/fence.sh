# shellcheck shell=bash
# fence.sh: before a person's failover, every standby that answers stops to receive from the lost primary: it may be alive all the same, cut off
# from the one that is to take over, and what a standby confirmed to it after the positions were compared would be gone. Sourced by
# switchover.sh, fail-over.sh and prepare.sh. Reads PGDATA; hand-over.sh says why such a note is a replication slot.

# fence_of TIMELINE ORDINAL: receive from that pod only, until a primary is on a newer timeline.
fence_of() { printf 'fenced_t%s_by_%s' "$1" "$2"; }

# read_note WORD: sets NOTE to the ordinal of whom has left the newest note of that kind on our server, and NOTE_TIMELINE; fails where there is none.
# The folder of a slot tells without a server.
read_note() {
  local directory
  NOTE='' NOTE_TIMELINE=0
  for directory in "$PGDATA/pg_replslot/$1_t"*_by_*; do
    [[ $directory =~ _t([0-9]+)_by_([0-9]+)$ ]] || continue
    ((BASH_REMATCH[1] > NOTE_TIMELINE)) || continue
    NOTE_TIMELINE=${BASH_REMATCH[1]} NOTE=${BASH_REMATCH[2]}
  done
  [[ $NOTE ]]
}

# fence ORDINAL TIMELINE: fences that standby for this pod.
fence() {
  ask_sql "$1" -v fence="$(fence_of "$2" "$ORDINAL")" >/dev/null 2>&1 <<'SQL'
SELECT pg_catalog.pg_create_physical_replication_slot(:'fence')
 WHERE pg_catalog.pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'fence');
SQL
}

# lift_fence ORDINAL: this pod takes over nothing after all.
lift_fence() {
  ask_sql "$1" -v mine="_by_$ORDINAL\$" >/dev/null 2>&1 <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name ~ ('^fenced_t[0-9]+' || :'mine');
SQL
}

# drop_notes: on our own server, when they are over.
drop_notes() {
  our_psql >/dev/null <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
 WHERE slot_name ~ '^(fenced|superseded)_t[0-9]+_by_[0-9]+$' AND NOT active;
SQL
}

# tell_superseded ORDINAL TIMELINE: leaves the note with a primary that a person has taken for lost: this one has been it since.
tell_superseded() {
  ask_sql "$1" -v note="superseded_t$2_by_$ORDINAL" >/dev/null 2>&1 <<'SQL'
SELECT pg_catalog.pg_create_physical_replication_slot(:'note') WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'note');
SQL
}
