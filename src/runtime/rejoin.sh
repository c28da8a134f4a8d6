# shellcheck shell=bash
# rejoin.sh: takes back what only this copy has, so that it can follow the primary: pg_rewind, where it is right. What is taken back
# is kept first. Sourced by prepare.sh. Reads PGDATA; facts.sh and compare.sh set PRIMARY, FORK, CONTROL, MY_TIMELINE.

# While pg_rewind works: hard links to the WAL that both copies had, on the file system that has it.
COMMON_WAL=$VOLUME/.rewinding

rejoin() {
  local timeline
  STEP='the rejoining'
  set_state rejoining "takes back what the primary $(host_of "$PRIMARY") lacks"
  read -r _ _ timeline _ <<<"${ANSWER[$PRIMARY]}"
  wait_for_checkpoint "$timeline"
  keep_diverged_wal "$timeline"
  make_slot "$PRIMARY"
  # From here on only this file says that the copy is none that may be started.
  printf 'timeline=%s\n' "$MY_TIMELINE" >"$REJOINING"
  durable "$REJOINING"
  # Where the server was killed, pg_rewind recovers it first, which no standby can.
  rm -f "$PGDATA/standby.signal" "$PGDATA/postmaster.pid"
  if ! rewind; then
    # The marker stays: this copy is replaced.
    log 'the rewind failed, the log above says why: the database is copied anew'
    return
  fi
  : >"$PGDATA/standby.signal"
  rm -rf "$PGDATA"/pg_replslot/* "${PGDATA:?}/$BEGUN"
  durable "$PGDATA"
  [[ -z $PGSTS_WAL_VOLUME ]] || durable "$PGSTS_WAL_VOLUME"
  rm -f "$REJOINING" "$STEPPED_DOWN_FILE" "$CLAIMED_FILE"
  durable "$VOLUME"
  log "the copy was rewound and follows the primary $(host_of "$PRIMARY")"
}

# rewind: what it writes is made durable by its caller. Where the server was killed it is recovered first, and may drop nothing on the way.
rewind() {
  local configuration=$PRIVATE/rewind.conf
  printf "include '%s'\nwal_keep_size = '1000TB'\n" "$CONFIGURATION/settings/postgresql.conf" >"$configuration"
  link_common_wal &&
    as_replicator pg_rewind --target-pgdata="$PGDATA" --source-server="$(conninfo "$PRIMARY") dbname=postgres connect_timeout=20" --no-sync \
      --config-file="$configuration" >&2 &&
    has_rewound && return_common_wal
}

# has_rewound: a rewind that finds nothing to do ends well, too.
has_rewound() {
  local timeline
  read_control "$PGDATA"
  timeline=${CONTROL["Latest checkpoint's TimeLineID"]}
  ((timeline > MY_TIMELINE))
}

# link_common_wal: until 17, pg_rewind takes away every file that its source lacks, also the WAL between the last common checkpoint and
# the fork, without which no recovery gets that far. Nobody else may have that any more.
link_common_wal() {
  local file fork
  fork=$(segment_of "$MY_TIMELINE" "$FORK")
  # without the link the log has stayed on the volume of the data
  [[ ! -L $PGDATA/pg_wal ]] || COMMON_WAL=$PGSTS_WAL_VOLUME/.rewinding
  rm -rf "$COMMON_WAL"
  mkdir "$COMMON_WAL" || return
  for file in "$PGDATA"/pg_wal/*; do
    [[ ${file##*/} =~ ^[0-9A-F]{24}$ && ${file##*/} < $fork ]] || continue
    ln "$file" "$COMMON_WAL/" || return
  done
}

return_common_wal() {
  local file
  for file in "$COMMON_WAL"/*; do
    [[ ! -e $file || -e $PGDATA/pg_wal/${file##*/} ]] || mv "$file" "$PGDATA/pg_wal/" || return
  done
  rm -rf "$COMMON_WAL"
}

# wait_for_checkpoint TIMELINE: pg_rewind goes by the control file, which names the old timeline until the first checkpoint after a
# promotion; then it would find nothing to do.
wait_for_checkpoint() {
  local said
  for _ in 1 2; do
    said=$(ask_sql "$PRIMARY" <<<'SELECT timeline_id FROM pg_catalog.pg_control_checkpoint();')
    ((said < $1)) || return 0
    ask_sql "$PRIMARY" <<<'CHECKPOINT;' || break
  done
  wait_for 'source-checkpoint: the primary was promoted just now; the rejoining begins after its next checkpoint'
}

# keep_diverged_wal TIMELINE: the WAL from the fork to its last record, in which is what was written here and nowhere else. Behind that
# the folder has files with later names that wait for their use.
keep_diverged_wal() {
  local stamp kept start first last file
  local -x TZ=UTC0
  printf -v stamp '%(%Y%m%dT%H%M%SZ)T' -1
  kept=$VOLUME/diverged-$stamp
  ((FORK >= 0)) || FORK=0
  start=$(from_number "$FORK")
  first=$(segment_of "$MY_TIMELINE" "$FORK") last=$(last_segment "$MY_TIMELINE" "$FORK")
  make_room_for_wal "$first" "$last"
  mkdir "$kept.new"
  for file in "$PGDATA"/pg_wal/*; do
    [[ ${file##*/} =~ ^[0-9A-F]{24}$ && ! ${file##*/} < $first && ! ${file##*/} > $last ]] || continue
    cp "$file" "$kept.new/"
  done
  {
    printf 'database=%s\ntimeline=%s\nprimary_timeline=%s\nforked_at=%s\n' "$PGSTS_NAME/$MY_SYSTEM" "$MY_TIMELINE" "$1" "$start"
    # of the files that were kept: where they cannot be read, nobody is told that they can
    printf 'committed_transactions=%s\n' "$(read_wal "$kept.new" "$MY_TIMELINE" "$FORK" "$(last_file "$kept.new" "$MY_TIMELINE")" --rmgr=Transaction 2>/dev/null | grep -c 'desc: COMMIT' || true)"
  } >"$kept.new/summary"
  durable "$kept.new"
  mv "$kept.new" "$kept"
  durable "$VOLUME"
  log "the WAL that only this copy has is kept in $kept: $(tr '\n' ' ' <"$kept/summary")"
}

# make_room_for_wal FIRST LAST: a volume that it would fill would not let anything be done any more.
make_room_for_wal() {
  local file size=${CONTROL[Bytes per WAL segment]} needed=0
  for file in "$PGDATA"/pg_wal/*; do
    [[ ! ${file##*/} =~ ^[0-9A-F]{24}$ || ${file##*/} < $1 || ${file##*/} > $2 ]] || needed=$((needed + size))
  done
  # and some for what the rewind brings
  needed=$((needed + 4 * size))
  ((needed <= $(free_space "$VOLUME"))) ||
    refuse volume-too-small resize "the WAL that only this copy has needs $(mebibytes "$needed") MiB to be kept before the rewind, the volume $VOLUME has no room for that"
}
