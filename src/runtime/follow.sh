# shellcheck shell=bash
# follow.sh: how a standby comes to follow the declared primary without a restart, and how one that was the primary last offers that pod the
# right to be it. Sourced by switchover.sh.

# The pods on which nothing is claimed any more.
CLAIMS_GIVEN_UP=''

# follow: goes on until the declared pod is the primary and is followed.
follow() {
  local primary='' held=''
  # before the others, so that what they have written since counts as theirs
  look_at_myself || return 0
  if [[ $RECOVERY == f ]]; then
    accept_promotion
    return
  fi
  if [[ -e $PROMOTING_FILE ]]; then
    # Started anew, it is what its volume says by then. Until then it neither offers nor gives up what it is about to be.
    decide_again 'the promotion that is under way is no longer wanted'
    return 1
  fi
  ask_peers
  find_primary
  if [[ -e $STEPPED_DOWN_FILE ]]; then hand_over || held=1; else give_up_all_claims; fi
  if [[ ! $primary ]]; then
    [[ $held ]] || tell "switchover: waits for $(host_of "$PRIMARY_ORDINAL") to become the primary"
    return 0
  fi
  NEXT=2
  has_forked "$primary"
  case $? in
    0) decide_again "it has WAL that is not in the history of the primary $(host_of "$primary")" && return 1 ;;
    2) return 0 ;;
  esac
  [[ ! -e $STEPPED_DOWN_FILE ]] || forget_stepping_down
  if ((primary != FOLLOWED)) || [[ -e $HURRY_FILE ]]; then follow_pod "$primary" || return 0; fi
  as_standby be_replica || return 0
  ((primary != PRIMARY_ORDINAL)) || return 1
}

# find_primary: sets the caller's `primary` to the one on the newest timeline, of two on the same to the declared one. One on an older timeline
# than ours is none: another pod has been the primary since.
find_primary() {
  local peer role timeline newest=$TIMELINE
  for peer in "$PRIMARY_ORDINAL" "${PEERS[@]}"; do
    read -r role _ timeline _ <<<"${ANSWER[$peer]:-down - 0}"
    [[ $role == primary ]] || continue
    if ((timeline > newest)) || { ((timeline == newest)) && [[ ! $primary ]]; }; then primary=$peer newest=$timeline; fi
  done
}

# hand_over: offers it to the declared pod only, as long as no other has claimed. Fails where it cannot, and has told why.
hand_over() {
  local timeline
  read -r timeline <"$STEPPED_DOWN_FILE" || return 0
  if is_outdated "$timeline"; then
    forget_stepping_down
    return
  fi
  has_replayed || return 0
  offer "$timeline" "$PRIMARY_ORDINAL" || { tell_claimed && return 1; }
}

# give_up_all_claims: a pod that is not declared any more claims nothing.
give_up_all_claims() {
  local peer role
  for peer in "${PEERS[@]}"; do
    [[ " $CLAIMS_GIVEN_UP " != *" $peer "* ]] || continue
    read -r role _ <<<"${ANSWER[$peer]}"
    # one that does not answer now may come back with a claim of ours, and would wait for what we do not want any more
    [[ $role != standby && $role != primary ]] || ! give_up_claims "$peer" "$TIMELINE" || CLAIMS_GIVEN_UP+=" $peer"
  done
}

# has_forked ORDINAL: whether this server has received what is not in the history of that primary; 2 where that pod does not tell.
has_forked() {
  local timeline position last=0
  read -r _ _ timeline position <<<"${ANSWER[$1]}"
  # This pod was the primary of that timeline and had all of it: the other one is another timeline with the same number.
  [[ ! -e $STEPPED_DOWN_FILE ]] || read -r last <"$STEPPED_DOWN_FILE"
  ((timeline > last)) || return 0
  ((timeline >= TIMELINE)) || return 1
  PRIMARY=$1 MY_TIMELINE=$TIMELINE
  find_fork "$timeline" "$position" || return 2
  to_number "$POSITION"
  ((REPLY > FORK))
}

# has_my_timeline ORDINAL: whether that pod's history has the timeline of this server, so that nothing else can come from it under the same number.
has_my_timeline() {
  local timeline position
  read -r _ _ timeline position <<<"$(ask "$1")"
  ((timeline >= TIMELINE)) || return 1
  PRIMARY=$1 MY_TIMELINE=$TIMELINE
  find_fork "$timeline" "$position" && ((FORK >= 0))
}

# follow_nobody: receives from no other pod.
follow_nobody() { ((FOLLOWED == ORDINAL)) || as_standby turn_to "$ORDINAL"; }

# follow_pod ORDINAL: from now on, without a restart. Fails where this server is no standby any more.
follow_pod() {
  make_slot "$1"
  as_standby turn_to "$1" || return
  log "follows $(host_of "$1")"
  call_supervisor
}

# as_standby COMMAND...: runs it where this server is a standby that nobody promotes. Questions to a pod that is lost take so long that a person's
# failover may have come to its end meanwhile.
as_standby() {
  local lock status=1
  exec {lock}>>"$PROMOTION_LOCK"
  if flock -n "$lock" && look_at_myself && [[ $RECOVERY == t && ! -e $PROMOTING_FILE ]]; then "$@" && status=0; fi
  exec {lock}>&-
  return "$status"
}

# be_replica: whoever is promoted by hand from here on has no right to it.
be_replica() {
  rm -f "$ALONE_FILE"
  note_origin clone && READY=''
  forget_claim
}

# turn_to ORDINAL: receives from that pod; from nobody, where it is our own.
turn_to() {
  if (($1 == ORDINAL)); then replace "$STANDBY_FILE" ''; else write_standby "$1"; fi
  rm -f "$HURRY_FILE"
  FOLLOWED=$1
  replace "$ROLE_FILE" "standby $1"$'\n'
  our_psql >/dev/null <<<'SELECT pg_catalog.pg_reload_conf();' || log 'the server could not be told whom it follows now'
}
