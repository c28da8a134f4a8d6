# shellcheck shell=bash
# take-back.sh: how a pod that was the primary last gets the writes back, or learns that another one has been it since. Sourced by switchover.sh.

# take_back: this pod was the primary last and is declared again. It has all there is, unless its successor has claimed.
take_back() {
  local timeline
  CLAIMED=''
  look_at_myself || return 0
  read -r timeline <"$STEPPED_DOWN_FILE" || true
  read_uptime
  if ((UPTIME >= ASK_AT)); then
    ASK_AT=$((UPTIME + 1))
    ask_peers
  fi
  if [[ $RECOVERY == f ]]; then
    accept_promotion
    return
  elif [[ -e $PROMOTING_FILE ]]; then
    # it becomes a primary at any moment: nothing of what it has said may be taken back
    promote_or_tell
    return
  elif is_outdated "$timeline"; then
    forget_stepping_down
  elif [[ " ${ANSWER[*]/#primary*/primary} " == *' primary '* ]]; then
    decide_again 'another pod is a primary of the timeline that this one has handed over'
    return 1
  elif ! has_replayed || ((TIMELINE < timeline)) || ! enough_answer; then
    return 0
  elif ! claim_mine "$timeline" || ! withdraw "$timeline"; then
    # a person's failover elsewhere would wait for it
    unclaim_mine "$timeline"
    NEXT=2
    tell_claimed
  elif read_note fenced; then
    # a person's failover that began in this turn, and may not have seen the claim
    unclaim_mine "$timeline"
  else
    # A claim that was given up in this moment may have been used before.
    ask_peers
    if is_outdated "$timeline"; then return 0; fi
    log 'takes the writes back: no other pod has claimed them'
    promote_or_tell
    return
  fi
}

# tell_claimed: why the writes cannot be taken back, or handed over.
tell_claimed() {
  if [[ $CLAIMED ]]; then
    tell "switchover-refused: $(host_of "$CLAIMED") may have taken over and does not say so; to force it: fail-over.sh --force, docs/runbooks/fail-over.md"
  else
    tell 'switchover-waits: this server was the primary last and cannot say whom it hands over to; its log says why (max_replication_slots)'
  fi
}

# is_outdated TIMELINE: whether there has been another primary since, as a pod on a newer timeline shows.
is_outdated() {
  local peer role timeline
  ((TIMELINE <= $1)) || return 0
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline _ <<<"${ANSWER[$peer]}"
    ((timeline <= $1)) || return 0
  done
  return 1
}

# enough_answer: with synchronous replication, whether one of those that answer would know of what another primary has confirmed since. Without them
# nothing could be confirmed here either.
enough_answer() {
  local peer role standbys=()
  for peer in "${PEERS[@]}"; do
    read -r role _ <<<"${ANSWER[$peer]}"
    [[ $role != standby ]] || standbys+=("$peer")
  done
  ! cover_commits "$ORDINAL" "${standbys[@]}" || return 0
  tell 'switchover-waits: this server was the primary last, and too few pods answer to tell that none of them has been it since; to force it: fail-over.sh --force, docs/runbooks/fail-over.md'
  return 1
}

# forget_stepping_down: another pod is the primary.
forget_stepping_down() {
  # what is offered without the right to it is worse than a right that nobody has
  forget_hand_overs || return 0
  rm -f "$STEPPED_DOWN_FILE"
  durable "$VOLUME"
}
