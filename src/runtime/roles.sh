# shellcheck shell=bash
# roles.sh: how the supervisor follows the declared topology while the server runs: it starts switchover.sh where that asks for something, and
# does what that says. Sourced by supervisor.sh. Reads the mounted topology, PGSTS_POD.

readonly PRIMARY_FILE=$CONFIGURATION/topology/primary DELAY_FILE=$CONFIGURATION/topology/switchover-delay
SWITCHOVER='' SWITCHOVER_AGAIN=0 FOLLOWED=''

# read_role: sets ROLE and FOLLOWED, the ordinal that a standby follows.
read_role() { read -r ROLE FOLLOWED <"$ROLE_FILE"; }

# tend_role: a promotion, or another primary to follow, is news for the agent. Only the first word and the second are compared.
tend_role() {
  local role=$ROLE followed=$FOLLOWED
  read_role
  [[ $ROLE != "$role" || $FOLLOWED != "$followed" ]] || return 0
  # no pause after an end that was wanted
  end_agent
}

# tend_switchover: keeps one running as long as there is something to do. Where it ends with an error it is started again after some seconds.
tend_switchover() {
  local declared='' mine=${PGSTS_POD##*-} status
  if [[ $SWITCHOVER ]]; then
    running "$SWITCHOVER" && return
    wait "$SWITCHOVER"
    status=$?
    SWITCHOVER=''
    ((status == 0)) || { log "the switchover ended with status $status and starts again in 3 s" && SWITCHOVER_AGAIN=$((UPTIME + 3)); }
  fi
  { read -r declared <"$PRIMARY_FILE"; } 2>/dev/null
  [[ $declared ]] || return
  if [[ $ROLE == primary ]]; then
    [[ $declared != "$mine" ]] || has_note superseded || return
  else
    [[ $declared == "$mine" || $declared != "$FOLLOWED" || -e $STEPPED_DOWN_FILE || -e $ALONE_FILE ]] || has_note fenced || return
  fi
  ((UPTIME >= SWITCHOVER_AGAIN)) || return
  SWITCHOVER_AGAIN=$((UPTIME + 1))
  launch bash "$SCRIPTS/switchover.sh"
  SWITCHOVER=$JOB
}

# has_note WORD: whether another pod has left a note on our server (fence.sh).
has_note() { compgen -G "$PGDATA/pg_replslot/$1_t*" >/dev/null; }

end_switchover() {
  end_job "$SWITCHOVER"
  SWITCHOVER=''
}

# read_switchover_delay: sets the caller's limit.
read_switchover_delay() {
  local seconds=''
  { read -r seconds <"$DELAY_FILE"; } 2>/dev/null
  limit=${seconds:-$limit}
}

# steps_down: whether the server was stopped to make way for another pod, in good order, and comes back as a standby at once. Everything else
# is for prepare.sh.
steps_down() {
  local asked=$UPTIME
  [[ -e $STEP_DOWN_FILE && ! $STOP ]] || { end_switchover && return 1; }
  # the switchover writes RETURN_FILE last, and wakes us
  while [[ ! -e $RETURN_FILE && $SWITCHOVER && ! $STOP ]] && running "$SWITCHOVER" && ((UPTIME - asked < 10)); do idle 0.01; done
  end_switchover
  rm -f "$STEP_DOWN_FILE"
  [[ -e $RETURN_FILE && ! $STOP ]] || return 1
  rm -f "$RETURN_FILE"
}
