# shellcheck shell=bash
# take-over.sh: how the declared pod becomes the primary: it claims the right from the pod that it follows, once that has stepped down, and
# promotes itself. Sourced by switchover.sh.

# The WAL receiver that was at work when the pod that is followed said that it is the primary; since when nobody offers anything, and since
# when it has what this server lacks.
RECEIVER='' SILENT_SINCE='' BEHIND_SINCE='' ASK_AT=0 TOLD_AT=0

take_over() {
  # what is claimed from now on has to be given up again
  CLAIMS_GIVEN_UP=''
  if [[ -e $STEPPED_DOWN_FILE ]]; then
    take_back
    return
  fi
  NEXT=$QUICK
  if is_receiver "$RECEIVER"; then
    # As long as the primary sends, it is one: nobody has to be asked, but for what it may have missed.
    [[ $QUICK == 0.05 ]] || NEXT=0.1
    ((UPTIME >= TOLD_AT + 5)) || return 0
  elif [[ $RECEIVER ]]; then
    # The hand-over begins now, however long it was waited for.
    RECEIVER='' STARTED=$UPTIME QUICK=0.05 NEXT=0.05
  fi
  # from whom nothing is heard nothing is received either: this server has what it had, but it may have been promoted
  [[ $SILENT_SINCE ]] && ((UPTIME == TOLD_AT)) || look_at_myself || return 0
  TOLD_AT=$UPTIME
  if [[ $RECOVERY == f ]]; then
    accept_promotion
    return
  fi
  if [[ -e $PROMOTING_FILE ]]; then
    # It becomes a primary at any moment, whatever is offered by now: a claim that was given up here would be used all the same.
    promote_or_tell
    return
  fi
  # also for the one that steps down, which will follow this one
  if ! make_ready; then
    NEXT=2
    tell 'switchover-waits: this server cannot make the replication slots of the others; its log says why (max_replication_slots)'
    return 0
  fi
  take_right
}

# take_right: claims it from the pod that is followed; else waits for that, or for another one.
take_right() {
  local verdict=''
  ((FOLLOWED == ORDINAL)) || verdict=$(claim "$FOLLOWED" "$TIMELINE" "$POSITION" 2>/dev/null) || verdict=''
  # one that offers nothing may be none that was the primary
  [[ ! $verdict || $verdict == not-offered ]] || SILENT_SINCE=''
  [[ $verdict == behind ]] || BEHIND_SINCE=''
  case $verdict in
    claimed)
      log "takes over from $(host_of "$FOLLOWED")"
      promote_or_tell
      return
      ;;
    primary) wait_for_primary ;;
    behind) catch_up ;;
    *) look_around ;;
  esac
}

# wait_for_primary: it steps down when this standby follows closely, and says itself what keeps it from that.
wait_for_primary() {
  RECEIVER=$(receiver)
  tell "switchover: waits for $(host_of "$FOLLOWED") to step down, which is the primary still; its log says what it waits for"
  [[ $RECEIVER ]] || stream_from "$FOLLOWED"
}

# catch_up: it has stepped down, and has what this server has not received yet.
catch_up() {
  stream_from "$FOLLOWED"
  BEHIND_SINCE=${BEHIND_SINCE:-$UPTIME}
  ((UPTIME - BEHIND_SINCE < 10)) ||
    tell "switchover-waits: $(host_of "$FOLLOWED") has stepped down, and has what this server has not received yet; the log of this server says why; to go back: docs/runbooks/switch-over.md"
}

# receiver: prints the process that streams from whom this server follows.
receiver() {
  local directory
  for directory in /proc/[0-9]*; do
    ! is_receiver "${directory#/proc/}" || { printf '%s' "${directory#/proc/}" && return; }
  done
}

# is_receiver PID: by its title.
is_receiver() {
  local title=''
  [[ $1 ]] && { IFS= read -r -d '' title <"/proc/$1/cmdline"; } 2>/dev/null
  [[ $title == postgres:*'walreceiver streaming '* ]]
}

# stream_from ORDINAL: makes sure that the slot is there, without which it does not send.
stream_from() {
  read_uptime
  ((UPTIME >= ASK_AT)) || return 0
  ASK_AT=$((UPTIME + 1))
  make_slot "$1"
}

# look_around: whom this server follows has not handed over to it. Another pod may be the one that has.
look_around() {
  local peer role timeline source=''
  read_uptime
  SILENT_SINCE=${SILENT_SINCE:-$UPTIME}
  # it may be on its way, and to ask a pod that is lost takes seconds
  ((UPTIME - SILENT_SINCE >= 2)) || { NEXT=0.01 && return; }
  ((UPTIME >= ASK_AT)) || return 0
  ASK_AT=$((UPTIME + 1))
  ask_peers
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline _ <<<"${ANSWER[$peer]}"
    case $role in
      primary) source=$peer && break ;;
      standby) [[ ! $(offers "$peer") ]] || ! has_my_timeline "$peer" || source=$peer ;;
    esac
  done
  if [[ $source ]] && has_my_timeline "$source"; then
    ((source == FOLLOWED)) || follow_pod "$source"
    make_slot "$source"
  elif [[ $source && $role == primary ]] && ((timeline < TIMELINE)); then
    tell_superseded "$source" "$TIMELINE" || true
    tell "switchover-waits: $(host_of "$source") is a primary of an older timeline than this server, was taken for lost, and is told to stop"
  elif [[ $source ]]; then
    [[ $role != primary ]] || ! has_forked "$source" || { decide_again "$(host_of "$source") is a primary without what this server has" && return 1; }
  else
    NEXT=0.2
    tell "switchover-refused: no pod says that it was the primary and hands over to this one; if $PGSTS_NAME has lost its primary for good: fail-over.sh --force, docs/runbooks/fail-over.md"
  fi
}
