#!/usr/bin/env bash
# fail-over.sh: makes this pod the primary where the last one is lost. Run by a person, in the pod that the topology declares:
#   kubectl exec <pod> -c postgres -- bash /opt/cdk8s-postgres/fail-over.sh [--force [--accept-data-loss]]
# Without `--force` it says what it would do. It refuses while any other pod may be the primary, where another one has more, and, with
# synchronous replication, where what was confirmed last may be missing from all pods that answer; `--accept-data-loss` overrides the last two.
# Exit status: 0 promoted, or nothing stands against it; 1 refused, with the reasons; 2 called in another way.
set -u

main() {
  local force='' accept='' argument
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
  PROBLEMS=() LOSSES=()
  read_topology
  look_at_pods
  judge
  if ((${#PROBLEMS[@]} || (${#LOSSES[@]} && !${accept:-0}))); then
    printf 'refused: %s\n' "${PROBLEMS[@]}" "${LOSSES[@]}"
    ((${#PROBLEMS[@]})) || printf 'add --accept-data-loss where nothing better will ever come back; see docs/runbooks/fail-over.md\n'
    return 1
  fi
  ((!${#LOSSES[@]})) || printf 'accepted: %s\n' "${LOSSES[@]}"
  [[ $force ]] || { printf 'nothing stands against a failover to %s: add --force\n' "$PGSTS_POD" && return; }
  promote || return 1
  be_primary
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
  # shellcheck source=SCRIPTDIR/promotion.sh
  . "$SCRIPTS/promotion.sh"
}

# look_at_pods: asks this server and all others, and prints what they say.
look_at_pods() {
  local peer role timeline position
  RECOVERY='' TIMELINE=0 POSITION=0/0
  look_at_myself || PROBLEMS+=("the server of this pod does not answer")
  ask_peers
  printf '%s: this pod, %s, timeline %s, has received up to %s\n' "$PGSTS_POD" "$([[ $RECOVERY == f ]] && printf primary || printf standby)" "$TIMELINE" "$POSITION"
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline position <<<"${ANSWER[$peer]}"
    printf '%s-%s: %s, timeline %s, position %s\n' "$PGSTS_NAME" "$peer" "$role" "$timeline" "$position"
  done
}

# judge: fills PROBLEMS, which nothing overrides, and LOSSES.
judge() {
  local peer role timeline position mine standbys=0
  [[ $RECOVERY != f ]] || PROBLEMS+=("this server is a primary already")
  ((PRIMARY_ORDINAL == ORDINAL)) ||
    PROBLEMS+=("the topology declares $PGSTS_NAME-$PRIMARY_ORDINAL to be the primary, not this pod: declare this one first, so that the lost one cannot come back as the primary")
  to_number "$POSITION"
  mine=$REPLY
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline position <<<"${ANSWER[$peer]}"
    case $role in
      primary) PROBLEMS+=("$PGSTS_NAME-$peer answers and is a primary: nothing is lost; a switchover moves it (docs/runbooks/switch-over.md)") ;;
      starting | refusing | plain) PROBLEMS+=("$PGSTS_NAME-$peer is alive ($role) and may be the primary") ;;
      standby)
        standbys=$((standbys + 1))
        to_number "$position"
        ((timeline < TIMELINE || (timeline == TIMELINE && REPLY <= mine))) ||
          LOSSES+=("$PGSTS_NAME-$peer has more than this pod (timeline $timeline, $position): declare that one, and fail over to it")
        ;;
    esac
  done
  # Whatever was confirmed is with the primary and QUORUM replicas; this pod and those that answer must be too many to have missed it.
  ((!QUORUM || standbys + 1 + QUORUM + 1 > INSTANCES)) ||
    LOSSES+=("of $INSTANCES pods $((standbys + 1)) answer, and what was confirmed last may be on $((QUORUM + 1)) others only")
}

main "$@"
exit
