# shellcheck shell=bash
# hand-over.sh: the right to be the primary, of which there is one. It is with the pod that was the primary last, until that has named its
# successor and the successor has claimed it. Sourced by prepare.sh, agent.sh, switchover.sh
# and fail-over.sh.
#
# Both are written on the server of the pod that stepped down, as replication slots: these are durable, a standby takes them too, and the
# role `replicator` can make them. They have no position and hold nothing back. A pod promotes itself only after it has made its claim and
# has seen the offer still there; whoever withdraws an offer goes on only after it has seen no claim. So one of the two always yields, whoever
# dies in between. The timeline is part of the names: what was left of an earlier hand-over says nothing.

# offer_of TIMELINE ORDINAL, claim_of …: names of slots. By the third the declared pod says to the primary that it knows and waits.
offer_of() { printf 'offered_t%s_to_%s' "$1" "$2"; }
claim_of() { printf 'claimed_t%s_by_%s' "$1" "$2"; }
readiness_of() { printf 'ready_t%s_by_%s' "$1" "$2"; }

# Makes the slot `sign` where there is none.
readonly MAKE_SIGN="SELECT pg_catalog.pg_create_physical_replication_slot(:'sign')
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'sign');"

# offer TIMELINE ORDINAL: names the successor on our own server, in place of any other and of ourselves. Fails where another one has claimed already;
# CLAIMED is then its ordinal.
offer() {
  CLAIMED=''
  unclaim_mine "$1" && withdraw "$1" "$2" || return 1
  our_psql -v sign="$(offer_of "$1" "$2")" >/dev/null <<<"$MAKE_SIGN"
}

# withdraw TIMELINE [ORDINAL]: takes back the offers to all but that one. Fails where one of them has claimed, so that it may be the primary.
withdraw() {
  local said
  CLAIMED=''
  said=$(our_psql -At -v timeline="$1" -v kept="$(offer_of "$1" "${2:--}")" -v claim="$(claim_of "$1" "${2:--}")" \
    -v mine="$(claim_of "$1" "$ORDINAL")" <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
 WHERE slot_name ~ '^offered_t[0-9]+_to_[0-9]+$' AND slot_name <> :'kept';
SELECT 'claimed ' || max(slot_name) FROM pg_catalog.pg_replication_slots
 WHERE slot_name ~ ('^claimed_t' || :'timeline' || '_by_[0-9]+$') AND slot_name NOT IN (:'claim', :'mine');
SQL
  ) || return 1
  [[ $said =~ claimed\ .*_([0-9]+)$ ]] || return 0
  # shellcheck disable=SC2034 # the caller tells
  CLAIMED=${BASH_REMATCH[1]}
  return 1
}

# claim_mine TIMELINE: on our own server, for a person's failover elsewhere to see.
claim_mine() { our_psql -v sign="$(claim_of "$1" "$ORDINAL")" >/dev/null <<<"$MAKE_SIGN"; }

# unclaim_mine TIMELINE: another pod shall have it.
unclaim_mine() {
  our_psql -v claim="$(claim_of "$1" "$ORDINAL")" >/dev/null <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = :'claim';
SQL
}

# forget_hand_overs: on our own server, when they are over.
forget_hand_overs() {
  our_psql >/dev/null <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
 WHERE slot_name ~ '^(offered_t[0-9]+_to|(claimed|ready|fenced|heeded|superseded)_t[0-9]+_by)_[0-9]+$' AND NOT active;
SQL
}

# claim ORDINAL TIMELINE POSITION: claims the right on that pod's server, having received up to there, and prints `claimed`; else why not:
# `primary`, `not-offered`, or `behind`, where that server has more. Fails where it does not answer. A claim is given up only by whom the
# offer was gone for.
claim() {
  ask_sql "$1" -v offer="$(offer_of "$2" "$ORDINAL")" -v claim="$(claim_of "$2" "$ORDINAL")" -v ready="$(readiness_of "$2" "$ORDINAL")" \
    -v position="$3" <<'SQL'
SELECT pg_catalog.pg_is_in_recovery()
   AND greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()) <= :'position'::pg_catalog.pg_lsn
   AND EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'offer')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'claim') AS may \gset
\if :may
SELECT count(pg_catalog.pg_drop_replication_slot(slot_name)) AS untold FROM pg_catalog.pg_replication_slots WHERE slot_name = :'ready' AND NOT active \gset
SELECT slot_name AS made FROM pg_catalog.pg_create_physical_replication_slot(:'claim') \gset
\endif
SELECT verdict, verdict = 'not-offered' AND claimed AS yields, verdict = 'primary' AND NOT told AS tells
  FROM (SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN 'primary' WHEN NOT offered THEN 'not-offered'
                    WHEN NOT claimed THEN 'behind' ELSE 'claimed' END, claimed, told
          FROM (SELECT count(*) FILTER (WHERE slot_name = :'offer') > 0, count(*) FILTER (WHERE slot_name = :'claim') > 0,
                       count(*) FILTER (WHERE slot_name = :'ready') > 0
                  FROM pg_catalog.pg_replication_slots) AS found (offered, claimed, told)) AS judged (verdict, claimed, told) \gset
\if :tells
SELECT slot_name AS told FROM pg_catalog.pg_create_physical_replication_slot(:'ready') \gset
\endif
\if :yields
SELECT pg_catalog.pg_drop_replication_slot(:'claim')::text AS dropped \gset
\endif
\echo :verdict
SQL
}

# give_up_claims ORDINAL TIMELINE: takes back what we have said on that pod's server about the timeline that we are on: a claim of an older one may
# have been used. That we are ready may have been said while the timeline changed.
give_up_claims() {
  ask_sql "$1" -v mine="^(claimed_t$2|ready_t[0-9]+)_by_$ORDINAL\$" >/dev/null 2>&1 <<'SQL'
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name ~ :'mine' AND NOT active;
SQL
}

# claimants_on ORDINAL TIMELINE: prints the ordinals that have claimed the right on that pod's server.
claimants_on() {
  ask_sql "$1" -v claims="^claimed_t$2_by_[0-9]+\$" 2>/dev/null <<'SQL'
SELECT string_agg(substring(slot_name FROM '[0-9]+$'), ' ') FROM pg_catalog.pg_replication_slots WHERE slot_name ~ :'claims';
SQL
}

# offers ORDINAL: prints whether that pod offers this one the right to be the primary, and of which timeline: `offered 3`, or `claimed 3` where a pod has
# claimed it already.
offers() {
  ask_sql "$1" -v mine="^offered_t[0-9]+_to_$ORDINAL\$" 2>/dev/null <<'SQL'
WITH slots (name, timeline) AS (SELECT slot_name, substring(slot_name FROM '_t([0-9]+)_') FROM pg_catalog.pg_replication_slots)
SELECT CASE WHEN EXISTS (SELECT FROM slots AS claim WHERE claim.name ~ ('^claimed_t' || offer.timeline || '_by_[0-9]+$')) THEN 'claimed ' ELSE 'offered ' END
       || offer.timeline FROM slots AS offer WHERE offer.name ~ :'mine' LIMIT 1;
SQL
}

# find_predecessor: sets REPLY to the pod that offers the right to this one, whose server does not run yet, where that has its timeline and no other pod a newer
# one. What a copy needs that is not consistent may be there only. Fails where there is none, or no longer what is needed.
find_predecessor() {
  local peer role timeline position newest=$MY_TIMELINE PRIMARY
  for peer in "${PEERS[@]}"; do
    read -r _ _ timeline _ <<<"${ANSWER[$peer]}"
    ((timeline <= newest)) || newest=$timeline
  done
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline position <<<"${ANSWER[$peer]}"
    [[ $role == standby && $timeline == "$newest" && $(offers "$peer") == *" $newest" ]] || continue
    PRIMARY=$peer
    if ! find_fork "$timeline" "$position" || ((FORK < 0)); then continue; fi
    to_number "$position"
    if ((MY_END >= 0)) && ! has_wal "$REPLY"; then
      log "$(host_of "$peer") offers this pod the writes, and no longer has the WAL that this copy needs to be read: declare that pod, and this copy is made anew"
      continue
    fi
    REPLY=$peer
    return
  done
  return 1
}
