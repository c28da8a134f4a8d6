#!/usr/bin/env bash
# supervisor.sh: PID 1 of the container `postgres`. Takes the volume's lock, has the volume prepared before every start
# of the server, runs the server and the agent as its children, and stops them.
# Reads PGDATA, PGHOST, PGSTS_STOP_SECONDS and what prepare.sh and agent.sh read.
# Exit status: 0 after a stop that the server ended cleanly, else the server's.
#
# No `set -e`: one failing command would end PID 1 and with it the server, without a shutdown.

main() {
  STOP='' PAUSE='' LOCK='' LOCKED='' HELD='' STATUS=0 FAILURES=0
  trap 'STOP=1; [[ -z $PAUSE ]] || printf . >&"$PAUSE"' TERM INT QUIT
  # a switchover has something for us
  trap '[[ -z $PAUSE ]] || printf . >&"$PAUSE"' USR1
  # shellcheck source=SCRIPTDIR/common.sh
  . /opt/cdk8s-postgres/common.sh
  # shellcheck source=SCRIPTDIR/jobs.sh
  . "$SCRIPTS/jobs.sh"
  # shellcheck source=SCRIPTDIR/server-command.sh
  . "$SCRIPTS/server-command.sh"
  # shellcheck source=SCRIPTDIR/role-files.sh
  . "$SCRIPTS/role-files.sh"
  # shellcheck source=SCRIPTDIR/server.sh
  . "$SCRIPTS/server.sh"
  # shellcheck source=SCRIPTDIR/roles.sh
  . "$SCRIPTS/roles.sh"
  # shellcheck source=SCRIPTDIR/user.sh
  . "$SCRIPTS/user.sh"
  cd /
  umask 077
  name_user
  open_pause
  rm -f "$STATE_FILE" "$STEP_DOWN_FILE" "$RETURN_FILE"
  set_state starting
  until [[ $STOP ]]; do turn; done
  set_state stopping
  log "exits with status $STATUS"
  return "$STATUS"
}

# turn: one life of the server. Returns early, to be called again, while something has to be waited for.
turn() {
  if ! take_lock; then
    rest 1
    return
  fi
  if [[ -e $HOLD_FILE ]]; then
    rm -f "$STEP_DOWN_FILE" "$RETURN_FILE"
    # Whoever works on the files must be alone with them.
    [[ $HELD ]] || run_job bash "$SCRIPTS/prepare.sh" hold || { rest 1 && return; }
    HELD=1
    set_state held "the server is kept stopped while $HOLD_FILE exists"
    idle 0.5
    return
  fi
  HELD=''
  # One that has stepped down has been prepared before it stopped.
  steps_down || prepare || return
  start_server
  attend_server
  end_agent
  server_ended
}

# take_lock: the lock is held from here to the end of PID 1; only the server inherits its descriptor.
take_lock() {
  [[ -z $LOCKED ]] || return 0
  if [[ -z $LOCK ]] && ! { exec {LOCK}>>"$LOCK_FILE"; } 2>/dev/null; then
    set_state waiting "volume-not-writable: $LOCK_FILE cannot be opened for writing by uid $UID; see docs/runbooks/volume.md"
    return 1
  fi
  flock -n "$LOCK"
  case $? in
    0)
      # Somebody may have removed the file and made another, which others would lock.
      [[ ! $LOCK_FILE -ef /dev/fd/$LOCK ]] || { LOCKED=1 && return; }
      exec {LOCK}>&-
      LOCK=''
      return 1
      ;;
    1) set_state waiting 'volume-locked: another container holds the lock of this volume; this one goes on when that one has ended' ;;
    *) set_state waiting "volume-without-locks: $LOCK_FILE cannot be locked on this file system; see docs/runbooks/volume.md" ;;
  esac
  return 1
}

# prepare: everything that must be true before the server may start; prepare.sh tells in the state file what it waits for.
# What failed is tried again after a pause that doubles up to about a minute.
prepare() {
  run_job bash "$SCRIPTS/prepare.sh" "$START_FAILED"
  local status=$?
  [[ -z $STOP ]] || return 1
  case $status in
    0)
      FAILURES=0
      return 0
      ;;
    "$REFUSED")
      forget_ends
      rest 3
      ;;
    *)
      # whoever is killed cannot tell
      ((status < 128)) || set_state waiting "failed: the preparation of the volume ended with status $status; it is tried again"
      FAILURES=$((FAILURES < 6 ? FAILURES + 1 : 6))
      rest $((1 << FAILURES))
      ;;
  esac
  return 1
}

main "$@"
exit
