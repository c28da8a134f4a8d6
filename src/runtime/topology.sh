# shellcheck shell=bash
# topology.sh: who the pods are, and which of them is declared the primary. Sourced by prepare.sh, agent.sh, switchover.sh and fail-over.sh. Reads
# PGSTS_NAME, PGSTS_POD and the mounted topology.

readonly TOPOLOGY=$CONFIGURATION/topology

# read_topology: sets ORDINAL (mine), INSTANCES, PRIMARY_ORDINAL (the declared one), QUORUM (0: asynchronous), SWITCHOVER_LAG in milliseconds,
# and PEERS. `kubectl scale` may have made more pods than are declared: whoever is one of them knows those below.
read_topology() {
  local other last
  # shellcheck disable=SC2034 # not every program needs all of them
  ORDINAL=${PGSTS_POD##*-} INSTANCES='' PRIMARY_ORDINAL='' QUORUM='' SWITCHOVER_LAG=''
  read_number INSTANCES "$TOPOLOGY/instances"
  read_number PRIMARY_ORDINAL "$TOPOLOGY/primary"
  read_number QUORUM "$TOPOLOGY/quorum" 0
  read_number SWITCHOVER_LAG "$TOPOLOGY/switchover-lag" 1000
  last=$((INSTANCES - 1 > ORDINAL ? INSTANCES - 1 : ORDINAL))
  # shellcheck disable=SC2034 # facts.sh asks them
  PEERS=()
  for ((other = 0; other <= last; other++)); do
    ((other == ORDINAL)) || PEERS+=("$other")
  done
}

# declares_primary: whether the topology names a pod. What is no number would count as 0 in bash.
declares_primary() { [[ $PRIMARY_ORDINAL =~ ^(0|[1-9][0-9]?)$ ]]; }

# cover_commits ORDINAL...: whether the program knows so many of these that one of them has each transaction that a primary and QUORUM replicas have
# confirmed (R + W > N). Sets REPLY to how many it knows.
cover_commits() {
  local each
  REPLY=0
  for each; do ((each >= INSTANCES)) || REPLY=$((REPLY + 1)); done
  ((!QUORUM || REPLY + QUORUM + 1 > INSTANCES))
}

# read_number VARIABLE FILE [VALUE]: whether its line has an end or, as after a change by hand, none. The value is for a file that is not there,
# as in the topology of an older program.
read_number() {
  [[ ! ${3:-} || -e $2 ]] || { printf -v "$1" '%s' "$3" && return; }
  read -r "$1" <"$2" || [[ ${!1} ]]
}

# host_of ORDINAL: the name of a pod behind the headless Service, which knows it before it is ready.
host_of() { printf '%s-%s.%s-headless' "$PGSTS_NAME" "$1" "$PGSTS_NAME"; }

# slot_of ORDINAL: the name of its replication slot.
slot_of() { printf 'pod_%s' "$1"; }
