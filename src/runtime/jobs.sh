# shellcheck shell=bash
# jobs.sh: how the supervisor runs other programs without waiting for one in the foreground. Sourced by supervisor.sh.

readonly LOCK_FILE=$VOLUME/cdk8s-postgres.lock
readonly HOLD_FILE=$VOLUME/cdk8s-postgres.hold
readonly HEARTBEAT_FILE=$PRIVATE/heartbeat
AGENT='' AGENT_STARTED=0 AGENT_AGAIN=0 AGENT_PAUSE=1 BEAT=0

# idle SECONDS: lets time pass while the heart beats. A signal's trap ends it early. UPTIME is the time of the last call.
idle() {
  read_uptime
  if ((UPTIME != BEAT)); then
    BEAT=$UPTIME
    printf '%s\n' "$BEAT" >"$HEARTBEAT_FILE"
  fi
  pause "$1"
}

# rest SECONDS: idles until the time is over or a stop is asked for.
rest() {
  read_uptime
  local until=$((UPTIME + $1))
  until [[ $STOP ]] || ((UPTIME >= until)); do idle 0.2; done
}

# launch PROGRAM ARGUMENT...: starts it as JOB in a process group of its own, so that ending it ends what it started.
# Job control is what makes the group; it also keeps SIGINT and SIGQUIT from being ignored in the child.
launch() {
  set -m
  "$@" </dev/null {LOCK}>&- {PAUSE}>&- &
  JOB=$!
  set +m
}

# run_job PROGRAM ARGUMENT...: launches it, waits and returns its status. A stop that is asked for meanwhile ends it. What it
# left running, if it was killed, goes with it.
run_job() {
  local asked=''
  launch "$@"
  while running "$JOB"; do
    if [[ $STOP && -z $asked ]]; then
      asked=$UPTIME
      kill -TERM -- "-$JOB"
    elif [[ $asked ]] && ((UPTIME - asked > 3)); then
      kill -KILL -- "-$JOB"
    fi
    idle 0.05
  done
  kill -KILL -- "-$JOB" 2>/dev/null
  wait "$JOB"
}

# tend_agent: keeps one agent running. One that dies is started again after a pause that doubles up to a minute.
tend_agent() {
  if [[ $AGENT ]]; then
    running "$AGENT" && return
    wait "$AGENT"
    local status=$?
    AGENT=''
    ((UPTIME - AGENT_STARTED < 60)) || AGENT_PAUSE=1
    log "the agent ended with status $status and starts again in $AGENT_PAUSE s; the server is not affected"
    AGENT_AGAIN=$((UPTIME + AGENT_PAUSE))
    AGENT_PAUSE=$((AGENT_PAUSE < 30 ? AGENT_PAUSE * 2 : 60))
  fi
  ((UPTIME >= AGENT_AGAIN)) || return
  launch bash "$SCRIPTS/agent.sh"
  AGENT=$JOB AGENT_STARTED=$UPTIME
}

# end_job PID: with all that it has started.
end_job() { [[ ! $1 ]] || kill -TERM -- "-$1" 2>/dev/null; }

end_agent() {
  [[ $AGENT ]] || return
  kill -TERM -- "-$AGENT" 2>/dev/null
  AGENT='' AGENT_AGAIN=0 AGENT_PAUSE=1
}
