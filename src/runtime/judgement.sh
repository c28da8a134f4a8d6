# shellcheck shell=bash
# judgement.sh: what stands against a failover to this pod, which may be refused for what can be seen, or cost what cannot be seen. Sourced by
# fail-over.sh. Reads PGSTS_NAME, PGSTS_POD; topology.sh sets QUORUM.

# Whether this pod receives from the lost primary all the same.
RECEIVES=''

# look_at_pods: asks this server and all others, and prints what they say.
look_at_pods() {
  local peer role timeline position
  RECOVERY='' TIMELINE=0 POSITION=0/0 PROBLEMS=() LOSSES=() STANDBYS=()
  look_at_myself || PROBLEMS+=("the server of this pod does not answer")
  [[ $RECOVERY != t ]] || waits_for_more || PROBLEMS+=("this pod has not replayed yet what it has: wait until it has, its log tells")
  ask_peers
  printf '%s: this pod, %s, timeline %s, has received up to %s\n' "$PGSTS_POD" "$([[ $RECOVERY == f ]] && printf primary || printf standby)" "$TIMELINE" "$POSITION"
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline position <<<"${ANSWER[$peer]}"
    printf '%s-%s: %s, timeline %s, position %s\n' "$PGSTS_NAME" "$peer" "$role" "$timeline" "$position"
    [[ $role != standby ]] || STANDBYS+=("$peer")
  done
}

# waits_for_more: has_replayed, within some seconds, since it may be at work on what has just come in.
waits_for_more() {
  local turn
  for ((turn = 0; turn < 25; turn++)); do
    ! has_replayed || { look_at_myself && return; }
    pause 0.2
  done
  return 1
}

# judge [STANDBY...]: fills PROBLEMS, which nothing overrides, and LOSSES. These confirm nothing to the lost primary any more.
judge() {
  local peer role timeline position mine
  [[ $RECOVERY != f ]] || PROBLEMS+=("this server is a primary already")
  ((PRIMARY_ORDINAL == ORDINAL)) ||
    PROBLEMS+=("the topology declares $PGSTS_NAME-$PRIMARY_ORDINAL to be the primary, not this pod: declare this one first, so that the lost one cannot come back as the primary")
  to_number "$POSITION"
  mine=$REPLY
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline position <<<"${ANSWER[$peer]}"
    case $role in
      primary)
        if ((timeline < TIMELINE)); then
          PROBLEMS+=("$PGSTS_NAME-$peer is a primary of an older timeline than this pod, was taken for lost, and is told to stop: try again in a moment")
        else
          PROBLEMS+=("$PGSTS_NAME-$peer answers and is a primary: nothing is lost; a switchover moves it (docs/runbooks/switch-over.md)")
        fi
        ;;
      starting | refusing | plain) PROBLEMS+=("$PGSTS_NAME-$peer is alive ($role) and may be the primary") ;;
      standby)
        to_number "$position"
        ((timeline < TIMELINE || (timeline == TIMELINE && REPLY <= mine))) ||
          LOSSES+=("$PGSTS_NAME-$peer has more than this pod (timeline $timeline, $position): declare that one, and fail over to it")
        ;;
    esac
  done
  judge_claims
  if [[ $RECEIVES ]]; then
    PROBLEMS+=("this pod still receives from the lost primary, which may live")
    return
  fi
  (($# == ${#STANDBYS[@]})) || LOSSES+=("of ${#STANDBYS[@]} standbys that answer $# receive from this pod now: the others may go on with the lost primary, or have more")
  cover_commits "$ORDINAL" "$@" ||
    LOSSES+=("$((INSTANCES - REPLY)) of $INSTANCES pods do not answer, or could not be cut off from the lost primary, and what was confirmed last may be on $((QUORUM + 1)) of these only: bring one of them back")
}

# judge_claims: a pod that has claimed the right to be the primary may have been it, and have confirmed what nobody else has.
judge_claims() {
  local peer claimant directory claimants=''
  for peer in "${STANDBYS[@]}"; do claimants+=" $(claimants_on "$peer" "$TIMELINE")"; done
  for directory in "$PGDATA/pg_replslot/claimed_t${TIMELINE}_by_"*; do claimants+=" ${directory##*_}"; done
  for claimant in $claimants; do
    [[ $claimant =~ ^[0-9]+$ && $claimant != "$ORDINAL" ]] || continue
    if [[ " ${STANDBYS[*]} " == *" $claimant "* ]]; then
      PROBLEMS+=("$PGSTS_NAME-$claimant is about to take over: wait for it, or declare another pod for a moment, and it gives up")
    else
      LOSSES+=("$PGSTS_NAME-$claimant was about to take over and does not answer: it may have been the primary since")
    fi
  done
}

# tell_judgement ACCEPT: fails where it stands against a failover.
tell_judgement() {
  if ((${#PROBLEMS[@]})) || { ((${#LOSSES[@]})) && [[ ! $1 ]]; }; then
    printf 'refused: %s\n' "${PROBLEMS[@]}" "${LOSSES[@]}"
    ((${#PROBLEMS[@]})) || printf 'add --accept-data-loss where nothing better will ever come back; see docs/runbooks/fail-over.md\n'
    return 1
  fi
  ((!${#LOSSES[@]})) || printf 'accepted: %s\n' "${LOSSES[@]}"
}
