# shellcheck shell=bash
# promotion.sh: makes a standby the primary. Whoever calls it has made sure that there is no other. Sourced by switchover.sh and fail-over.sh.
# Reads PGDATA, PGSTS_NAME; peers.sh sets ORDINAL and INSTANCES.

# Held while this server is being promoted, so that a switchover and a forced failover are not at it at the same time.
readonly PROMOTION_LOCK=$PRIVATE/promotion.lock
READY=''

# look_at_myself: sets RECOVERY to `t` or `f`, TIMELINE, POSITION: what this server has received. Its control file may name an older timeline.
look_at_myself() {
  local said
  said=$(our_session "${PSQL[@]}" -At -d 'dbname=postgres replication=database' -c 'SELECT pg_catalog.pg_is_in_recovery()' -c IDENTIFY_SYSTEM) &&
    [[ $said =~ ^(t|f)$'\n'[0-9]+\|([0-9]+)\|([0-9A-F]+/[0-9A-F]+) ]] || return 1
  RECOVERY=${BASH_REMATCH[1]} TIMELINE=${BASH_REMATCH[2]} POSITION=${BASH_REMATCH[3]}
}

# has_replayed: whether this standby waits for more WAL. One that was started a moment ago may take connections before it has replayed all that its
# volume has.
has_replayed() {
  local waits
  waits=$(our_psql -At <<'SQL'
SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'startup' AND wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval');
SQL
  ) && [[ $waits == 1 ]]
}

# make_slots: on this server, for all others. Those that follow the primary that is to be need them at once.
make_slots() {
  our_psql -v instances="$INSTANCES" -v mine="$ORDINAL" >/dev/null <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
 WHERE slot_name ~ '^pod_[0-9]+$' AND wal_status = 'lost' AND NOT active;
SELECT pg_catalog.pg_create_physical_replication_slot('pod_' || ordinal, true) FROM generate_series(0, :instances - 1) AS ordinal
 WHERE ordinal <> :mine AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = 'pod_' || ordinal);
SQL
}

# promote: fails where the server has not become a primary.
promote() {
  local lock role='' promoted='' turn=0
  exec {lock}>>"$PROMOTION_LOCK"
  # whoever only looks has it for a moment (as_standby)
  until flock -n "$lock"; do
    ((++turn < 10)) || { exec {lock}>&- && return 1; }
    pause 0.1
  done
  # or whoever has promoted it meanwhile
  read -r role _ <"$ROLE_FILE"
  [[ $role != primary ]] && prepare_promotion && promoted=$(our_psql -At <<<'SELECT pg_catalog.pg_promote(true, 60);')
  if [[ $promoted == t ]]; then be_primary; else log 'the server could not be promoted; its log says why'; fi
  exec {lock}>&-
  [[ $promoted == t ]]
}

# promote_or_tell: the right to be the primary is this pod's, and stays so. Fails where the server has become one, so that nothing is left to do.
promote_or_tell() {
  ! promote || return
  # shellcheck disable=SC2034 # switchover.sh sleeps so long
  NEXT=2
  tell 'switchover-waits: this server is to be the primary and could not be promoted yet; the log says why, or fail-over.sh is at work'
}

# prepare_promotion: what has to be on the volume before. Whatever becomes of this program behind it, the server may promote itself, until it is started
# anew.
prepare_promotion() {
  [[ ! -e $PROMOTING_FILE || ! -e $CLAIMED_FILE ]] || return 0
  make_ready && note_promotion && : >"$PROMOTING_FILE" || return 1
  note_claim || { rm -f "$CLAIMED_FILE" "$PROMOTING_FILE" && return 1; }
}

# accept_promotion: the server is no standby any more: a program that promoted it did not get further, or it was promoted by hand. The latter counts
# where its pod is declared. Fails when nothing is left to do.
accept_promotion() {
  local lock role=''
  read_identity
  if ((PRIMARY_ORDINAL != ORDINAL)) && [[ ${IDENTITY[origin]:-} != promoted ]]; then
    # shellcheck disable=SC2034 # switchover.sh sleeps so long
    NEXT=5
    tell 'promoted: this server was promoted by hand, and its pod is not the declared primary; see docs/runbooks/split-brain.md'
    return 0
  fi
  exec {lock}>>"$PROMOTION_LOCK"
  flock -n "$lock" || { exec {lock}>&- && return 0; }
  read -r role _ <"$ROLE_FILE"
  if [[ $role != primary ]]; then
    log 'this server has been promoted'
    note_promotion
    be_primary
  fi
  exec {lock}>&-
  return 1
}

# make_ready: what a promotion needs, and what can be done before it is certain.
make_ready() {
  [[ ! $READY ]] || return 0
  note_promotion || return 1
  # a switchover and a forced failover may be at it at the same time, and of two that make one slot, one fails
  { make_slots 2>/dev/null || make_slots; } && READY=1
}

# note_promotion: from now on, a copy that was opened for writing is no accident.
note_promotion() { note_origin promoted; }

# note_claim: a server that dies at the end of its recovery may come back as a standby of the timeline that it has begun itself, on which nobody else
# is (standby.sh).
note_claim() { printf '%s\n' "$TIMELINE" >"$CLAIMED_FILE" && { sync "$CLAIMED_FILE" "$VOLUME" 2>/dev/null || durable "$VOLUME"; }; }

# forget_claim: this server follows another pod, and is on its timelines.
forget_claim() { [[ ! -e $CLAIMED_FILE ]] || { rm -f "$CLAIMED_FILE" && durable "$VOLUME"; }; }

# be_primary: everything else that a server with that role needs. The checkpoint makes its control file name the new timeline, which is what a
# rewind of the others goes by.
be_primary() {
  replace "$STANDBY_FILE" ''
  replace "$ROLE_FILE" $'primary\n'
  rm -f "$REPLICATION_FILE" "$STUCK_FILE" "$AGAIN_FILE" "$PROMOTING_FILE" "$ALONE_FILE"
  call_supervisor
  rm -f "$STEPPED_DOWN_FILE" "$CLAIMED_FILE"
  durable "$VOLUME"
  forget_hand_overs || true
  our_psql >/dev/null <<<'SELECT pg_catalog.pg_reload_conf(); CHECKPOINT;' || log 'the checkpoint behind the promotion failed; the next one comes by itself'
  log 'this server is the primary now'
}
