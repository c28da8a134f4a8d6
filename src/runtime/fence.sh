# shellcheck shell=bash
# fence.sh: before a person's failover, every standby that answers stops to receive from the lost primary: it may be alive all the same, cut off
# from the one that is to take over, and what a standby confirmed to it after the positions were compared would be gone. Sourced by
# switchover.sh, fail-over.sh and prepare.sh. Reads PGDATA; hand-over.sh says why such a note is a replication slot.

# fence_of TIMELINE ORDINAL: receive from that pod only, until a primary is on a newer timeline.
fence_of() { printf 'fenced_t%s_by_%s' "$1" "$2"; }

# heed_of …: by that the fenced one says that it does. A fence alone says nothing: a turn that began before it came may end after it.
heed_of() { printf 'heeded_t%s_by_%s' "$1" "$2"; }

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
  ask_sql "$1" -v fence="$(fence_of "$2" "$ORDINAL")" -v heed="$(heed_of "$2" "$ORDINAL")" >/dev/null 2>&1 <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = :'heed';
SELECT pg_catalog.pg_create_physical_replication_slot(:'fence')
 WHERE pg_catalog.pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'fence');
SQL
}

# heed TIMELINE ORDINAL: on our own server; from here on this pod receives from the one that has fenced it.
heed() {
  our_psql -v heed="$(heed_of "$1" "$2")" -v fence="$(fence_of "$1" "$2")" >/dev/null <<'SQL'
SELECT pg_catalog.pg_create_physical_replication_slot(:'heed') WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'heed')
   AND EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'fence');
SQL
}

# is_heeded ORDINAL TIMELINE: whether that pod heeds our fence; then what it had offered is withdrawn, so that whoever has not claimed by now never
# does.
is_heeded() {
  local said
  said=$(ask_sql "$1" -v heed="$(heed_of "$2" "$ORDINAL")" -v fence="$(fence_of "$2" "$ORDINAL")" 2>/dev/null <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
 WHERE slot_name ~ '^offered_t[0-9]+_to_[0-9]+$' AND EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'heed');
SELECT 'heeded' FROM pg_catalog.pg_replication_slots WHERE slot_name IN (:'heed', :'fence') HAVING count(*) = 2;
SQL
  ) && [[ $said == *heeded* ]]
}

# ends_fence ROLE ORDINAL TIMELINE: whether that answer of a pod ends the fence of read_note: it is a primary that came behind it, or the declared one,
# and nobody goes on with that failover.
ends_fence() {
  [[ $1 == primary ]] || return 1
  (($3 <= NOTE_TIMELINE)) || return 0
  (($3 == NOTE_TIMELINE && $2 == PRIMARY_ORDINAL)) && [[ $2 != "$NOTE" ]] || return 1
  # while it goes on, our topology may be a minute older
  is_older_than 300
}

# is_older_than SECONDS: whether the fence of read_note is.
is_older_than() {
  local since
  since=$(stat -c %Y "$PGDATA/pg_replslot/$(fence_of "$NOTE_TIMELINE" "$NOTE")") && (($(printf '%(%s)T' -1) - since > $1))
}

# lift_fence ORDINAL: this pod takes over nothing after all.
lift_fence() {
  ask_sql "$1" -v mine="_by_$ORDINAL\$" >/dev/null 2>&1 <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name ~ ('^(fenced|heeded)_t[0-9]+' || :'mine');
SQL
}

# drop_notes: on our own server, when they are over.
drop_notes() {
  our_psql >/dev/null <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
 WHERE slot_name ~ '^(fenced|heeded|superseded)_t[0-9]+_by_[0-9]+$' AND NOT active;
SQL
}

# tell_superseded ORDINAL TIMELINE: leaves the note with a primary that a person has taken for lost: this one has been it since.
tell_superseded() { ask_sql "$1" -v sign="superseded_t$2_by_$ORDINAL" >/dev/null 2>&1 <<<"$MAKE_SIGN"; }
