# shellcheck shell=bash
# clone.sh: copies the primary's database into a staging directory, verified and durable, and renames it into place. A crash at any
# instant leaves the old state or the new. Sourced by prepare.sh. Reads PGDATA, PGSTS_NAME, PGSTS_WAL_VOLUME,
# PGSTS_WAL_SEGMENT_MEBIBYTES; facts.sh sets PRIMARY, PRIMARY_SYSTEM and FACT.

# Two clones at a time, each of which needs two of the primary's reserve of WAL senders.
readonly CLONE_LOCK=727411

clone() {
  local id libc
  STEP='the clone'
  [[ ${FACT[volume]} != empty ]] || guard_first_clone
  printf -v id '%08x' "$SRANDOM"
  STAGING=${PGDATA%/*}/.cloning-$id
  take_turn
  set_state cloning "copies the database from $(host_of "$PRIMARY")"
  make_room
  # now, while the session is fresh
  ask_libc
  libc=$REPLY
  # The new slot says nothing of what this copy lacks, should there be no other copy in the end.
  [[ ${FACT[volume]} == empty ]] || replace "$STUCK_FILE" "$((MY_END > 0 ? MY_END : 0))"$'\n'
  make_slot "$PRIMARY"
  mkdir -p "${PGDATA%/*}"
  run_basebackup
  check_copy
  seal_clone "$id" "$libc"
  end_turn
  finish_initialisation
  rm -f "$STUCK_FILE"
  read_identity
}

# guard_first_clone: a volume that knows another database must not become the home of this one unasked.
guard_first_clone() {
  shopt -s nullglob
  guard_unreadable
  guard_other_databases
  read_identity
  [[ ${IDENTITY[system_identifier]:-} == "$PRIMARY_SYSTEM" ]] || guard_lost_database
  [[ ${IDENTITY[name]:-$PGSTS_NAME} == "$PGSTS_NAME" ]] || guard_lost_database
  guard_left_wal
  shopt -u nullglob
}

# guard_left_wal: WAL of an earlier copy of the same database is left alone: it may have what was never sent to anybody.
guard_left_wal() {
  local directory
  [[ $PGSTS_WAL_VOLUME ]] || return 0
  for directory in "$PGSTS_WAL_VOLUME"/*/*/; do
    if [[ $directory == "$PGSTS_WAL_VOLUME/$PGSTS_NAME/$PRIMARY_SYSTEM"* ]]; then
      log_once "wal-left: ${directory%/} belongs to a copy that is gone; docs/runbooks/replicas.md tells when it may go"
    else
      guard_wal_volume
    fi
  done
}

# take_turn: a session that holds one of the locks for as long as the clone lasts; when either side ends, it is free. Whatever else the
# primary has to be asked is asked in it.
take_turn() {
  # the primary may end it
  trap '' PIPE
  # shellcheck disable=SC2034 # its descriptors are what is used
  coproc TURN { as_replicator psql -X -At -q -w -d "$(conninfo "$PRIMARY") dbname=postgres connect_timeout=3"; }
  ask_in_turn 20 "SELECT CASE WHEN pg_catalog.pg_try_advisory_lock($CLONE_LOCK, 1) THEN 1
                              WHEN pg_catalog.pg_try_advisory_lock($CLONE_LOCK, 2) THEN 2 ELSE 0 END;"
  case $REPLY in
    1 | 2) ;;
    0) wait_for 'clone-queue: two other replicas copy the database now; this one is next' ;;
    *) return 1 ;;
  esac
}

# ask_in_turn SECONDS SQL: sets REPLY to the line that the primary answers.
ask_in_turn() {
  printf '%s\n' "$2" >&"${TURN[1]}"
  read -r -t "$1" REPLY <&"${TURN[0]}" || { log "the primary has not answered within $1 s, or has ended the session" && return 1; }
}

end_turn() {
  local input=${TURN[1]} session=$TURN_PID
  exec {input}>&-
  wait "$session" || true
  trap - PIPE
}

# run_basebackup: the password comes from a file that the connection names; nothing is written about the connection into the copy.
run_basebackup() {
  local arguments=(
    --pgdata="$STAGING" --wal-method=stream --slot="$(slot_of "$ORDINAL")" --checkpoint=fast --no-password --no-sync
    --label="clone of $PGSTS_POD"
  )
  [[ -z $PGSTS_WAL_VOLUME ]] || arguments+=(--waldir="$PGSTS_WAL_VOLUME/${STAGING##*/}")
  STEP='copying the database'
  as_replicator pg_basebackup --dbname="$(conninfo "$PRIMARY") application_name=$PGSTS_POD-clone connect_timeout=20" "${arguments[@]}"
}

# check_copy: the disk writes while the check reads what memory still has of the same files.
check_copy() {
  local writing
  durable "$STAGING" &
  writing=$!
  verify_copy
  STEP='making the copy durable'
  wait "$writing"
}

# verify_copy: every file against the checksums that the primary sent, and the WAL from the first to the last record that it needs.
verify_copy() {
  STEP='the check of the copy against its manifest'
  LC_ALL=C pg_verifybackup --quiet "$STAGING"
  [[ $(control_value 'Database system identifier' "$STAGING") == "$PRIMARY_SYSTEM" ]]
}

# seal_clone ID LIBC: a standby from its first moment on; the identity file says that it is complete, everything else is durable before it.
seal_clone() {
  STEP='the end of the clone'
  : >"$STAGING/standby.signal"
  replace "$STAGING/$OLD_COPY" "$(fate_of_old)"
  # A name of its own: the copy that it replaces may have WAL of the same database there.
  [[ -z $PGSTS_WAL_VOLUME ]] || ln -sfn "$PGSTS_WAL_VOLUME/$PGSTS_NAME/$PRIMARY_SYSTEM.$1" "$STAGING/pg_wal"
  durable "$STAGING"
  [[ -z $PGSTS_WAL_VOLUME ]] || durable "$PGSTS_WAL_VOLUME"
  write_identity "$STAGING/$COMPLETE" "$PGSTS_NAME" "$PRIMARY_SYSTEM" "$2" clone
}

# ask_libc: sets REPLY to the primary's C library: the indexes are in its order, not in mine, and guard_libc compares the two. The version of
# glibc is told by any collation that has one.
ask_libc() {
  ask_in_turn 20 "SELECT max(pg_catalog.pg_collation_actual_version(oid)) FROM pg_catalog.pg_collation WHERE collprovider = 'c';"
  if [[ $REPLY =~ ^[0-9]+\.[0-9]+$ ]]; then
    REPLY=glibc-$REPLY
  else
    REPLY=$(libc_lineage)
    REPLY=${REPLY:-unknown}
  fi
}
