#!/usr/bin/env bash
# fail-over.sh: makes this pod the primary where the last one is lost. Run by a person, in the pod that the topology declares:
#   kubectl exec <pod> -c postgres -- bash /opt/cdk8s-postgres/fail-over.sh [--force [--accept-data-loss]]
# Without `--force` it says what it would do. It refuses while any other pod may be the primary, where another one has more, and, with
# synchronous replication, where what was confirmed last may be missing from all pods that answer; `--accept-data-loss` overrides what only may be lost.
# Exit status: 0 promoted, or nothing stands against it; 1 refused, with the reasons; 2 called in another way.
set -u

main() {
  local force='' accept='' argument run
  for argument; do
    case $argument in
      --force) force=1 ;;
      --accept-data-loss) accept=1 ;;
      *) printf 'usage: fail-over.sh [--force [--accept-data-loss]]\n' >&2 && return 2 ;;
    esac
  done
  # that of the supervisor, which `kubectl exec` does not give
  umask 077
  load
  open_pause
  # a server of this pod that hangs is told, not waited for
  export PGCONNECT_TIMEOUT=10
  read_topology
  declares_primary ||
    { printf 'refused: the topology declares "%s" to be the primary, which is no pod: declare this one\n' "$PRIMARY_ORDINAL" && return 1; }
  add_undeclared_peers
  read -r _ FOLLOWED <"$ROLE_FILE"
  look_at_pods
  judge "${STANDBYS[@]}"
  tell_judgement "$accept" || return 1
  [[ $force ]] || { printf 'nothing stands against a failover to %s: add --force\n' "$PGSTS_POD" && return; }
  # One that ends lifts the fences of the other.
  exec {run}>>"$PRIVATE/fail-over.lock"
  flock -n "$run" || { printf 'refused: another fail-over.sh is at work in this pod: wait until it has ended\n' && return 1; }
  # What was compared before the others were cut off from the lost primary may be outdated.
  trap go_back EXIT
  cut_off
  # nor is the failover wanted any more where another pod is declared by now
  read_topology
  add_undeclared_peers
  look_at_pods
  judge "${FENCED[@]}"
  tell_judgement "$accept" || return 1
  are_fenced || return 1
  promote || return 1
  trap - EXIT
  stop_returned
}

# stop_returned: the lost primary may come back in this moment, before it can have heard that another pod is the primary.
stop_returned() {
  local peer role timeline end=$((SECONDS + 10))
  look_at_myself || return 0
  printf '%s takes writes now; looks for some seconds whether the lost primary comes back\n' "$PGSTS_POD"
  while ((SECONDS < end)); do
    ask_peers
    for peer in "${PEERS[@]}"; do
      read -r role _ timeline _ <<<"${ANSWER[$peer]}"
      if [[ $role != primary ]] || ((timeline >= TIMELINE)); then continue; fi
      printf '%s-%s is back as a primary of timeline %s, and is told to stop\n' "$PGSTS_NAME" "$peer" "$timeline"
      tell_superseded "$peer" "$TIMELINE"
    done
    pause 2
  done
}

load() {
  # shellcheck source=SCRIPTDIR/common.sh
  . /opt/cdk8s-postgres/common.sh
  # shellcheck source=SCRIPTDIR/declared.sh
  . "$SCRIPTS/declared.sh"
  # shellcheck source=SCRIPTDIR/passwords.sh
  . "$SCRIPTS/passwords.sh"
  # shellcheck source=SCRIPTDIR/identity.sh
  . "$SCRIPTS/identity.sh"
  # shellcheck source=SCRIPTDIR/role-files.sh
  . "$SCRIPTS/role-files.sh"
  # shellcheck source=SCRIPTDIR/topology.sh
  . "$SCRIPTS/topology.sh"
  # shellcheck source=SCRIPTDIR/peers.sh
  . "$SCRIPTS/peers.sh"
  # shellcheck source=SCRIPTDIR/control.sh
  . "$SCRIPTS/control.sh"
  # shellcheck source=SCRIPTDIR/standby.sh
  . "$SCRIPTS/standby.sh"
  # shellcheck source=SCRIPTDIR/hand-over.sh
  . "$SCRIPTS/hand-over.sh"
  # shellcheck source=SCRIPTDIR/fence.sh
  . "$SCRIPTS/fence.sh"
  # shellcheck source=SCRIPTDIR/promotion.sh
  . "$SCRIPTS/promotion.sh"
  # shellcheck source=SCRIPTDIR/judgement.sh
  . "$SCRIPTS/judgement.sh"
}

# cut_off: this standby, and all others that answer, stop to receive from whom they take for the primary; the others receive from this one
# instead, which shows that they have. Sets FENCED to these.
cut_off() {
  local peer turn following
  replace "$STANDBY_FILE" ''
  our_psql >/dev/null <<<'SELECT pg_catalog.pg_reload_conf();'
  make_slots
  withdraw "$TIMELINE" || true
  for peer in "${STANDBYS[@]}"; do fence "$peer" "$TIMELINE" || true; done
  for ((turn = 0; turn < 75; turn++)); do
    FENCED=() RECEIVES=''
    following=$(our_psql -At <<'SQL'
SELECT 'receives' FROM pg_catalog.pg_stat_wal_receiver UNION ALL SELECT application_name FROM pg_catalog.pg_stat_replication WHERE state = 'streaming';
SQL
    ) || following=receives
    for peer in "${STANDBYS[@]}"; do
      [[ $'\n'$following$'\n' != *$'\n'"$PGSTS_NAME-$peer"$'\n'* ]] || ! is_heeded "$peer" "$TIMELINE" || FENCED+=("$peer")
    done
    [[ $'\n'$following$'\n' != *$'\n'receives$'\n'* ]] || RECEIVES=1
    [[ $RECEIVES ]] || ((${#FENCED[@]} < ${#STANDBYS[@]})) || break
    pause 0.2
  done
}

# are_fenced: whether nobody has lifted a fence while this program compared, or stood still.
are_fenced() {
  local peer
  for peer in "${FENCED[@]}"; do
    is_heeded "$peer" "$TIMELINE" || { printf 'refused: %s-%s is not cut off from the lost primary any more: try again\n' "$PGSTS_NAME" "$peer" && return 1; }
  done
}

# go_back: nothing was taken over; where the server may promote itself, the fences have to stay.
# shellcheck disable=SC2329 # a trap calls it
go_back() {
  local peer role=''
  read -r role _ <"$ROLE_FILE"
  [[ ! -e $PROMOTING_FILE && $role == standby ]] || return 0
  for peer in "${PEERS[@]}"; do lift_fence "$peer" || true; done
  ((FOLLOWED == ORDINAL)) || write_standby "$FOLLOWED"
  our_psql >/dev/null <<<'SELECT pg_catalog.pg_reload_conf();' || true
}

main "$@"
exit
