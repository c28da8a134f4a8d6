# shellcheck shell=bash
# follow-fence.sh: how a standby heeds the fence by which a person's failover keeps it from the lost primary (fence.sh). Sourced by switchover.sh.

# The fence that is heeded.
HEEDED=''

# follow_fence: receives from the pod that a person has take over, and from nobody else, until a primary is on a newer timeline.
follow_fence() {
  local peer role timeline
  look_at_myself || return 0
  if [[ $RECOVERY == f ]]; then
    drop_notes
    accept_promotion
    return
  fi
  if [[ -e $PROMOTING_FILE ]]; then
    # Until it is started anew it may become a primary beside the one that is to take over.
    decide_again 'the promotion that is under way is no longer wanted: a person has another pod take over'
    return 1
  fi
  # who has taken over may have stepped down again, and then nobody says that it is a primary
  if { ((TIMELINE > NOTE_TIMELINE)) && has_my_timeline "$NOTE"; } || is_given_up; then
    drop_notes
    rm -f "$FENCED_FILE"
    return 0
  fi
  [[ $PRIMARY_ORDINAL != "$NOTE" ]] || replace "$FENCED_FILE" "$NOTE"$'\n'
  # Not before this program has done it itself: another one may have ended between two steps.
  if [[ $HEEDED != "$NOTE_TIMELINE $NOTE" || -e $HURRY_FILE || ! -d $PGDATA/pg_replslot/$(heed_of "$NOTE_TIMELINE" "$NOTE") ]] || ((NOTE != FOLLOWED)); then
    if has_my_timeline "$NOTE"; then
      forget_claim
      follow_pod "$NOTE" && heed "$NOTE_TIMELINE" "$NOTE" && HEEDED="$NOTE_TIMELINE $NOTE"
    else
      follow_nobody
    fi
  fi
  tell "fenced: receives from $(host_of "$NOTE") only, which is to take over; see docs/runbooks/fail-over.md"
  NEXT=0.5
  ask_peers
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline _ <<<"${ANSWER[$peer]}"
    ! ends_fence "$role" "$peer" "$timeline" || { drop_notes && rm -f "$FENCED_FILE"; }
  done
  return 0
}

# is_given_up: whether a person has declared yet another pod since, or the pod that is to take over receives from a primary again, which nobody does who goes on
# with a failover (fail-over.sh).
is_given_up() {
  local before=''
  [[ -e $FENCED_FILE ]] || replace "$FENCED_FILE" "$PRIMARY_ORDINAL"$'\n'
  read -r before <"$FENCED_FILE"
  [[ $PRIMARY_ORDINAL == "$NOTE" || $PRIMARY_ORDINAL == "$before" ]] || return 0
  is_older_than 30 && receives "$NOTE"
}

# receives ORDINAL: whether that pod is a standby that receives from somebody.
receives() {
  [[ $(ask_sql "$1" 2>/dev/null <<<'SELECT count(*) FROM pg_catalog.pg_stat_wal_receiver WHERE pg_catalog.pg_is_in_recovery();') == 1 ]]
}
