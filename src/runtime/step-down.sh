# shellcheck shell=bash
# step-down.sh: how a primary makes way for the declared pod: it stops only for one that follows closely, and comes back as a standby that
# offers it the right to be the primary. Sourced by switchover.sh.

readonly NO_ROOM='this server has no free replication slot (max_replication_slots)'
RIVAL_AT=0

step_down() {
  local successor
  successor=$(host_of "$PRIMARY_ORDINAL")
  PROBLEM='this server does not answer'
  if ! look_at_myself || ! has_room || ! follows_closely; then
    [[ $PROBLEM ]] || return 0
    if [[ $QUICK == 0.05 && $PROBLEM != "$NO_ROOM" ]]; then NEXT=0.2; else NEXT=2; fi
    look_for_rival || return 1
    tell "switchover-waits: $successor is declared to be the primary, but $PROBLEM; this server goes on writing; see docs/runbooks/switch-over.md"
    return 0
  fi
  tell "switchover: hands over to $successor"
  # So that little is left to be written while nobody can write. The first may take minutes; the second has what came meanwhile.
  our_psql <<<'CHECKPOINT;' || return 0
  follows_closely || return 0
  prepare_standby || { NEXT=2 && return 0; }
  our_psql <<<'CHECKPOINT;' || return 0
  has_room && follows_closely || return 0
  if ! forget_hand_overs || ! offer "$TIMELINE" "$PRIMARY_ORDINAL"; then
    NEXT=2
    return 0
  fi
  end_silent_senders
  replace "$STEP_DOWN_FILE" "$successor"$'\n'
  call_supervisor
  until [[ ! -e $PGDATA/postmaster.pid ]]; do pause 0.005; done
  come_back
  return 1
}

# follows_closely: whether the declared pod has said that it knows and waits, streams from here, and replays what is written now within the
# limit. Sets END to where that was, else PROBLEM: nothing, if another pod is declared or has been promoted meanwhile.
follows_closely() {
  local said knows begin now successor=$PRIMARY_ORDINAL
  said=$(our_psql -At -F ' ' -v ready="$(readiness_of "$TIMELINE" "$PRIMARY_ORDINAL")" <<'SQL'
SELECT pg_catalog.pg_current_wal_lsn(), EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'ready');
SQL
  ) || return 1
  read -r END knows <<<"$said"
  # its kubelet may bring it the topology a minute later than ours
  [[ $knows == t ]] || { PROBLEM='it has not said yet that it knows of that' && return 1; }
  read -r begin _ </proc/uptime
  while true; do
    read_topology
    if [[ $PRIMARY_ORDINAL != "$successor" ]] || read_note superseded; then PROBLEM='' && return 1; fi
    said=$(our_psql -At -v successor="$PGSTS_NAME-$PRIMARY_ORDINAL" -v end="$END" <<'SQL'
SELECT max(CASE WHEN replay_lsn >= :'end'::pg_catalog.pg_lsn THEN 'there' ELSE 'behind' END)
  FROM pg_catalog.pg_stat_replication WHERE application_name = :'successor' AND state = 'streaming';
SQL
    ) || said=''
    case $said in
      there) return 0 ;;
      '') PROBLEM='it does not stream from this one' && return 1 ;;
    esac
    # hundredths of a second
    read -r now _ </proc/uptime
    ((10 * (${now/./} - ${begin/./}) < SWITCHOVER_LAG)) || { PROBLEM="it is more than $SWITCHOVER_LAG ms behind" && return 1; }
    pause 0.02
  done
}

# has_room: whether there is a replication slot for the offer and one for the claim; the first is what the readiness takes until then, which may
# still be to come. Without them the right could not be passed on, and nobody would write. Else sets PROBLEM.
has_room() {
  local said
  said=$(our_psql -At -v ready="$(readiness_of "$TIMELINE" "$PRIMARY_ORDINAL")" <<'SQL'
SELECT current_setting('max_replication_slots')::int > count(*) FILTER (WHERE slot_name <> :'ready') + 1 FROM pg_catalog.pg_replication_slots;
SQL
  ) || return 1
  [[ $said == t ]] || { PROBLEM=$NO_ROOM && return 1; }
}

# end_silent_senders: the fast shutdown would wait for them until the kernel gives up the connection of a pod that is lost. One that is only slow gets
# the rest from the new primary.
end_silent_senders() {
  our_psql -v successor="$PGSTS_NAME-$PRIMARY_ORDINAL" -v end="$END" >/dev/null <<'SQL' || true
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_replication
 WHERE application_name <> :'successor' AND (flush_lsn IS NULL OR flush_lsn < :'end'::pg_catalog.pg_lsn);
SQL
}

# give_way: another pod has been the primary since, and says so; where it is so, this server stops.
give_way() {
  look_at_myself || return 0
  if ((NOTE_TIMELINE <= TIMELINE)); then
    drop_notes
    return
  fi
  log "superseded: $(host_of "$NOTE") writes on timeline $NOTE_TIMELINE, this server on $TIMELINE"
  decide_again 'another pod is the primary'
  return 1
}

# look_for_rival: fails where the declared pod is a primary already, on a newer timeline: a person has had it take over. Then this server stops. One
# on an older timeline was taken for lost when this one took over.
look_for_rival() {
  local role timeline
  read_uptime
  ((UPTIME >= RIVAL_AT)) || return 0
  RIVAL_AT=$((UPTIME + 5))
  read -r role _ timeline _ <<<"$(ask "$PRIMARY_ORDINAL")"
  [[ $role == primary ]] || return 0
  if ((timeline < TIMELINE)); then
    read_identity
    [[ ${IDENTITY[origin]:-} != promoted ]] || tell_superseded "$PRIMARY_ORDINAL" "$TIMELINE"
    return 0
  fi
  log "superseded: the declared primary $(host_of "$PRIMARY_ORDINAL") writes on timeline $timeline, this server on $TIMELINE"
  decide_again 'another pod is the primary'
  return 1
}

# prepare_standby: all that a standby needs, while there is time.
prepare_standby() {
  forget_others || return 1
  ask_configured
  read_control "$PGDATA"
  choose_floors
  replace "$FLOORS_FILE" "$FLOORS_TEXT"
  # The one that it follows becomes the primary in an instant.
  write_standby "$PRIMARY_ORDINAL" "wal_retrieve_retry_interval = '200ms'"$'\n'
  : >"$HURRY_FILE"
  rm -f "$REPLICATION_FILE" "$STUCK_FILE" "$COMMITS_FILE"
}

# come_back: the server has stopped. Where it did so in good order, nothing is left to decide, and it starts again as a standby at once;
# else the role is settled anew, with the same result.
come_back() {
  read_control "$PGDATA"
  [[ ${CONTROL[Database cluster state]} == 'shut down' ]] || return 0
  # Where the volume is full, the role is settled anew, too.
  printf '%s\n' "$TIMELINE" >"$STEPPED_DOWN_FILE" && : >"$PGDATA/standby.signal" || return 0
  # These alone: nobody can write now, and everything else that waits for the disk may be much.
  sync "$STEPPED_DOWN_FILE" "$VOLUME" "$PGDATA/standby.signal" "$PGDATA" 2>/dev/null || durable "$VOLUME" || return 0
  replace "$ROLE_FILE" "standby $PRIMARY_ORDINAL"$'\n'
  : >"$RETURN_FILE"
  call_supervisor
}
