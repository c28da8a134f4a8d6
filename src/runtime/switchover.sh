#!/usr/bin/env bash
# switchover.sh: run by the supervisor beside the server while the topology asks for something else than the server is: a primary that
# another pod is to replace steps down, the declared pod takes over, the others follow it. Nobody asks who is alive: a pod becomes the
# primary only where the last one says that it has handed over. Ends when nothing is left to do; what it waits for is in SWITCHOVER_FILE.
# Reads PGDATA, PGHOST, PGSTS_NAME, PGSTS_POD and the mounted topology. Exit status: 0 done.
set -u

main() {
  trap 'exit 143' TERM
  load
  open_pause
  read -r ROLE FOLLOWED <"$ROLE_FILE"
  read_uptime
  STARTED=$UPTIME
  # the agent lets the slots be that we make
  replace "$SWITCHOVER_FILE" $'switchover: under way\n'
  while turn; do pause "$NEXT"; done
  rm -f "$SWITCHOVER_FILE"
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
  # shellcheck source=SCRIPTDIR/ancestry.sh
  . "$SCRIPTS/ancestry.sh"
  # shellcheck source=SCRIPTDIR/hand-over.sh
  . "$SCRIPTS/hand-over.sh"
  # shellcheck source=SCRIPTDIR/fence.sh
  . "$SCRIPTS/fence.sh"
  # shellcheck source=SCRIPTDIR/promotion.sh
  . "$SCRIPTS/promotion.sh"
  # shellcheck source=SCRIPTDIR/step-down.sh
  . "$SCRIPTS/step-down.sh"
  # shellcheck source=SCRIPTDIR/take-over.sh
  . "$SCRIPTS/take-over.sh"
  # shellcheck source=SCRIPTDIR/take-back.sh
  . "$SCRIPTS/take-back.sh"
  # shellcheck source=SCRIPTDIR/follow.sh
  . "$SCRIPTS/follow.sh"
  # shellcheck source=SCRIPTDIR/follow-fence.sh
  . "$SCRIPTS/follow-fence.sh"
}

# turn: one step towards what is declared now; sets NEXT to the seconds until the next one, QUICK to those while something may happen at any
# moment. Fails when there is nothing left to do.
turn() {
  read_topology
  read_uptime
  if ((UPTIME - STARTED < 120)); then QUICK=0.05 NEXT=0.1; else QUICK=0.2 NEXT=2; fi
  if ! declares_primary; then
    NEXT=2
    tell "switchover-waits: the topology declares \"$PRIMARY_ORDINAL\" to be the primary, which is no pod; nothing is moved"
  elif [[ $ROLE == primary ]]; then
    if read_note superseded; then give_way; else ((PRIMARY_ORDINAL != ORDINAL)) && step_down; fi
  elif read_note fenced; then
    follow_fence
  else
    # a fence that was lifted
    HEEDED=''
    [[ ! -e $FENCED_FILE ]] || rm -f "$FENCED_FILE"
    if ((PRIMARY_ORDINAL == ORDINAL)); then take_over; else follow; fi
  fi
}

# tell TEXT: what is waited for, once per change.
tell() {
  local told=''
  { read -r told <"$SWITCHOVER_FILE"; } 2>/dev/null
  [[ $told != "$1" ]] || return 0
  replace "$SWITCHOVER_FILE" "$1"$'\n'
  log "$1"
}

main "$@"
exit
