# shellcheck shell=bash
# follow.sh: how a standby comes to follow the declared primary without a restart, and how one that was the primary last offers that pod the
# right to be it. Sourced by switchover.sh.

CLAIMS_GIVEN_UP=''

# follow: goes on until the declared pod is the primary and is followed.
follow() {
  local peer role primary=''
  [[ ! -e $STEPPED_DOWN_FILE ]] || hand_over
  # before the others, so that what they have written since counts as theirs
  look_at_myself || return 0
  ask_peers
  for peer in "$PRIMARY_ORDINAL" "${PEERS[@]}"; do
    read -r role _ <<<"${ANSWER[$peer]:-}"
    [[ ${role:-} != primary ]] || { primary=$peer && break; }
  done
  [[ $CLAIMS_GIVEN_UP ]] || give_up_all_claims
  if [[ ! $primary ]]; then
    tell "switchover: waits for $(host_of "$PRIMARY_ORDINAL") to become the primary"
    return 0
  fi
  [[ ! -e $STEPPED_DOWN_FILE ]] || forget_stepping_down
  NEXT=2
  ! has_forked "$primary" || { decide_again "it has WAL that is not in the history of the primary $(host_of "$primary")" && return 1; }
  ((primary == FOLLOWED)) && [[ ! -e $HURRY_FILE ]] || follow_pod "$primary"
  ((primary != PRIMARY_ORDINAL)) || return 1
}

# follow_fence: receives from the pod that a person has take over, and from nobody else, until a primary is on a newer timeline.
follow_fence() {
  local peer role timeline
  ((FENCE == FOLLOWED)) && [[ ! -e $HURRY_FILE ]] || follow_pod "$FENCE"
  tell "fenced: receives from $(host_of "$FENCE") only, which is to take over; see docs/runbooks/fail-over.md"
  NEXT=0.5
  ask_peers
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline _ <<<"${ANSWER[$peer]}"
    [[ $role != primary ]] || ((timeline <= FENCE_TIMELINE)) || drop_fences
  done
  return 0
}

# hand_over: offers it to the declared pod only, as long as no other has claimed.
hand_over() {
  local timeline
  read -r timeline <"$STEPPED_DOWN_FILE" || return 0
  offer "$timeline" "$PRIMARY_ORDINAL" || [[ ! $CLAIMED ]] ||
    tell "switchover-refused: $(host_of "$CLAIMED") may have taken over and does not say so; see docs/runbooks/fail-over.md"
}

# give_up_all_claims: a pod that is not declared any more claims nothing.
give_up_all_claims() {
  local peer role
  CLAIMS_GIVEN_UP=1
  for peer in "${PEERS[@]}"; do
    read -r role _ <<<"${ANSWER[$peer]}"
    [[ $role != standby && $role != primary ]] || give_up_claims "$peer" || CLAIMS_GIVEN_UP=''
  done
}

# has_forked ORDINAL: whether this server has received what is not in the history of that primary.
has_forked() {
  local timeline position mine
  read -r _ _ timeline position <<<"${ANSWER[$1]}"
  to_number "$POSITION"
  mine=$REPLY
  to_number "$position"
  if ((timeline == TIMELINE)); then
    ((mine > REPLY))
  elif ((timeline > TIMELINE)); then
    PRIMARY=$1 MY_TIMELINE=$TIMELINE
    find_fork "$timeline"
    ((mine > FORK))
  else
    return 1
  fi
}

# follow_pod ORDINAL: from now on, without a restart.
follow_pod() {
  make_slot "$1"
  write_standby "$1"
  rm -f "$HURRY_FILE"
  FOLLOWED=$1
  replace "$ROLE_FILE" "standby $1"$'\n'
  our_psql >/dev/null <<<'SELECT pg_catalog.pg_reload_conf();' || log 'the server could not be told whom it follows now'
  log "follows $(host_of "$1")"
  call_supervisor
}
