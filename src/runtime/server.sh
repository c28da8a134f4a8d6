# shellcheck shell=bash
# server.sh: the life of the server, a child of the supervisor. Sourced by supervisor.sh.
# Reads PGDATA, PGHOST, PGSTS_STOP_SECONDS.

START_FAILED='' ENDS=() FLOOR_OPTIONS=() ROLE=''

# start_server: only the server inherits the lock, so that it cannot be taken while a server lives.
start_server() {
  STOPPING='' READY=''
  set_state recovering 'the server was started and does not accept connections yet'
  read_role
  read_floors
  server_command "$PGDATA" -c unix_socket_directories="$PGHOST" -c port=5432 -c listen_addresses='*' "${FLOOR_OPTIONS[@]}"
  set -m
  "${COMMAND[@]}" </dev/null {PAUSE}>&- &
  SERVER=$!
  set +m
}

# read_floors: sets FLOOR_OPTIONS to the options by which a standby has at least what the primary had.
read_floors() {
  local line lines=()
  FLOOR_OPTIONS=()
  { mapfile -t lines <"$FLOORS_FILE"; } 2>/dev/null
  for line in "${lines[@]}"; do FLOOR_OPTIONS+=(-c "$line"); done
}

# attend_server: from the server's start to its end, whoever ends it.
attend_server() {
  while running "$SERVER"; do
    if [[ $STOP ]]; then
      set_state stopping
      stop_server
      return
    fi
    if [[ -e $HOLD_FILE ]]; then
      set_state stopping "$HOLD_FILE appeared"
      stop_server
      return
    fi
    if [[ -e $AGAIN_FILE ]]; then
      set_state stopping "$(<"$AGAIN_FILE")"
      stop_server
      return
    fi
    if [[ -e $STEP_DOWN_FILE ]]; then
      set_state stopping "hands over to $(<"$STEP_DOWN_FILE")"
      stop_server
      return
    fi
    if [[ $READY ]]; then
      tend_role
      tend_agent
      tend_switchover
      idle 0.2
    elif server_ready "$PGDATA" "$SERVER"; then
      READY=1 START_FAILED=''
      set_state running
    else
      # What a standby needs to get there may be what its agent finds missing.
      [[ $ROLE != standby ]] || tend_agent
      idle 0.05
    fi
  done
}

# stop_server: a fast shutdown, which ends the sessions and writes everything; if that lasts too long, an immediate one.
stop_server() {
  local asked limit=$PGSTS_STOP_SECONDS
  read_uptime
  asked=$UPTIME
  STOPPING=fast
  end_agent
  if [[ -e $STEP_DOWN_FILE ]]; then read_switchover_delay; else end_switchover; fi
  kill -INT "$SERVER"
  while running "$SERVER"; do
    # a container that is to end has no more than its grace period, whatever it was about
    if [[ $STOP ]] && ((limit > UPTIME - asked + PGSTS_STOP_SECONDS)); then limit=$((UPTIME - asked + PGSTS_STOP_SECONDS)); fi
    if [[ $STOPPING == fast ]] && ((UPTIME - asked >= limit)); then
      log "the fast shutdown has lasted $limit s, now an immediate one: the next start recovers from the WAL"
      STOPPING=immediate
      kill -QUIT "$SERVER"
    fi
    [[ $ROLE != standby ]] || ((UPTIME - asked < 2)) || end_senders
    idle 0.02
  done
}

# end_senders: a standby's own replicas get what is left from somebody else. A shutdown waits until each has confirmed exactly what was sent, which one
# that has more never does, such as a former primary.
end_senders() {
  local directory title
  for directory in /proc/[0-9]*; do
    title=''
    { IFS= read -r -d '' title <"$directory/cmdline"; } 2>/dev/null
    [[ $title != postgres:*'walsender '* ]] || kill -TERM "${directory#/proc/}" 2>/dev/null
  done
}

# server_ended: an end that nobody asked for is told and counted; the third in 5 minutes ends the container with the
# server's status, so that its restarts and its last log stay visible in Kubernetes.
server_ended() {
  local end recent=()
  read_uptime
  wait "$SERVER"
  STATUS=$?
  # A signal that reaches us about now makes `wait` return 128 and its number. A server that died by a signal leaves its
  # postmaster.pid behind; one that has removed it has ended in good order.
  ((STATUS <= 128)) || [[ -e $PGDATA/postmaster.pid ]] || STATUS=0
  if [[ $STOPPING ]]; then
    # SIGINT came before the server had begun to handle signals, and so before it had touched anything.
    [[ $STATUS != 130 ]] || STATUS=0
    log "the server has stopped with status $STATUS"
    return
  fi
  [[ $READY ]] || START_FAILED=start-failed
  for end in "${ENDS[@]}" "$UPTIME"; do
    ((UPTIME - end >= 300)) || recent+=("$end")
  done
  ENDS=("${recent[@]}")
  set_state starting "the server ended unexpectedly with status $STATUS, number ${#ENDS[@]} in 5 minutes"
  ((${#ENDS[@]} < 3)) || STOP=1
}

# forget_ends: the cause of the server's ends is known and waited for.
forget_ends() { ENDS=(); }
