# shellcheck shell=bash
# replication.sh: how the replication of a standby goes. The probe reads what is found; where it is stuck for good, the role is settled
# anew. Sourced by agent.sh. Reads PGDATA, PGSTS_MAXIMUM_LAG_BYTES.

# How long it may be stuck before it is decided anew; doubles each time, and starts over once it streams.
readonly PATIENCE_FILE=$PRIVATE/patience
LOOK_AT=0 LOOKS=0 STUCK_SINCE='' STUCK_AT=''

# tend_standby: looks every 10 s, at first every second.
tend_standby() {
  local said status replayed lag recovery unused receiver sender reason=''
  ((UPTIME >= LOOK_AT)) || return 0
  LOOKS=$((LOOKS + 1)) LOOK_AT=$((UPTIME + (LOOKS > 30 ? 10 : 1)))
  said=$(ask_receiver) || return 0
  IFS='|' read -r status replayed lag recovery unused receiver sender <<<"$said"
  if [[ $recovery == f ]]; then
    reason='promoted: this server was promoted by hand and follows nobody; see docs/runbooks/split-brain.md'
  elif [[ $status == streaming ]]; then
    STUCK_SINCE='' LOOKS=30 LOOK_AT=$((UPTIME + 10))
    rm -f "$PATIENCE_FILE"
    end_stray_receiver "$receiver" "$sender"
    ((lag <= PGSTS_MAXIMUM_LAG_BYTES)) ||
      reason="lagging: $((lag / 1048576)) MiB of WAL are not replayed yet, $((PGSTS_MAXIMUM_LAG_BYTES / 1048576)) MiB may be"
  else
    look_without_stream "$replayed" "$replayed"
  fi
  replace "$REPLICATION_FILE" "$UPTIME"$'\n'"$reason"$'\n'
  [[ $recovery$unused == f* || $unused == 0 || -e $SWITCHOVER_FILE || -e $STEPPED_DOWN_FILE ]] || drop_own_slots
  compare_floors
}

# look_without_stream PROGRESS POSITION: while the primary is away, everything is as it should be: what was replayed can be read. Else sets
# the caller's `reason`, and counts the time without progress from that position on.
look_without_stream() {
  local role timeline position patience=60
  # One that follows nobody is what its volume says.
  ((FOLLOWED == ORDINAL)) || read -r role _ timeline position <<<"$(ask "$FOLLOWED")"
  # One that does not encrypt yet must not keep the rollout from reaching it.
  case ${role:-down} in down | closed | starting | plain) STUCK_SINCE='' && return ;; esac
  # Two that wait for one of them to take over are no case for this.
  if [[ $role == standby && -e $SWITCHOVER_FILE ]]; then STUCK_SINCE='' && return; fi
  # shellcheck disable=SC2034 # the caller's
  reason="not-streaming: the primary $(host_of "$FOLLOWED") answers, but this standby does not stream from it; its log says why"
  if [[ ! $STUCK_SINCE || $STUCK_AT != "$1" ]]; then
    # A receiver tries every 5 s: what is seen now may be over in a moment.
    [[ $STUCK_SINCE ]] || LOOKS=20 LOOK_AT=$((UPTIME + 1))
    STUCK_SINCE=$UPTIME STUCK_AT=$1
    return
  fi
  [[ ! -e $PATIENCE_FILE ]] || read -r patience <"$PATIENCE_FILE"
  [[ $role != primary ]] || ((UPTIME - STUCK_SINCE < 10)) || make_slot_again "$timeline" "$position"
  ((UPTIME - STUCK_SINCE >= patience)) || return 0
  case $role in
    primary) lacks_wal "$2" "$position" || return 0 ;;
    # Another one may be the primary by now.
    standby) ;;
    *) return 0 ;;
  esac
  replace "$PATIENCE_FILE" "$((patience < 1800 ? patience * 2 : 3600))"$'\n'
  decide_again "the replication has been stuck for $patience s"
}

# make_slot_again TIMELINE POSITION: never on a pod that has another timeline with the number of ours: a slot is all that a stream needs.
make_slot_again() {
  read_control "$PGDATA"
  PRIMARY=$FOLLOWED MY_TIMELINE=${CONTROL["Latest checkpoint's TimeLineID"]}
  find_fork "$1" "$2" || return 0
  if [[ $NAMESAKE ]]; then decide_again 'the primary is on another timeline with the same number'; else make_slot "$FOLLOWED"; fi
}

# lacks_wal POSITION END: whether the primary, which has written up to END, has something to send from that position on; notes the position.
lacks_wal() {
  local needed
  to_number "$1"
  needed=$REPLY
  to_number "$2"
  ((REPLY != needed)) || return 1
  # Whoever has what comes next is slow, and lacks nothing; yet a damaged file must not be waited for without an end.
  ! has_next "$needed" || ((UPTIME - STUCK_SINCE >= 3600)) || return 1
  replace "$STUCK_FILE" "$needed"$'\n'
}

# has_next POSITION: whether the file of the WAL behind the one with that position is here. One that only waits for its use has that name,
# too, and other addresses inside.
has_next() {
  local size next start file
  read_control "$PGDATA"
  size=${CONTROL[Bytes per WAL segment]} next=$((($1 / size + 1) * size))
  start=$(from_number "$next")
  for file in "$PGDATA"/pg_wal/????????"$(printf '%08X%08X' $((next >> 32)) $(((next & 0xffffffff) / size)))"; do
    [[ -e $file ]] || continue
    file=${file##*/}
    ! timeout 20 pg_waldump --path="$PGDATA/pg_wal" --timeline=$((16#${file:0:8})) --limit=1 --start="$start" >/dev/null 2>&1 || return 0
  done
  return 1
}

# compare_floors: a standby that runs with more or less than it has to is started anew.
compare_floors() {
  read_control "$PGDATA"
  choose_floors
  [[ ${FLOORS_TEXT%$'\n'} == "$(<"$FLOORS_FILE")" ]] ||
    decide_again "the primary has changed settings that a standby must not undercut"
}
