#!/usr/bin/env bash
# probe.sh: the container's probes. Argument: startup, live or ready. They read the state file and never speak SQL.
# Reads PGDATA, PGHOST. Exit status: 0 good; 1 not, with the reason on standard output, where
# `kubectl describe` shows it.

main() {
  local private=/run/cdk8s-postgres beat='' state='' reason='' key value uptime directory
  while IFS='=' read -r key value; do
    case $key in state) state=$value ;; reason) reason=$value ;; esac
  done 2>/dev/null <"$private/state"
  if [[ $1 == ready ]]; then
    [[ $state == running ]] || fail "${state:-starting}${reason:+: $reason}"
    # The server notices at its next write only, and for pg_isready a FATAL is an answer too. A new time of a directory takes no
    # space; whether it may be written is no question to ask: ext4 says yes after an error that stopped all writing.
    for directory in "$PGDATA" "$PGDATA/pg_wal/"; do
      touch -c "$directory" 2>/dev/null || fail "volume-read-only: $directory cannot be written any more; see docs/runbooks/volume.md"
    done
    pg_isready -q -h 127.0.0.1 -U postgres -t 3 || fail 'running, but the server does not accept connections'
    ready_standby "$private"
    # ready all the same; `kubectl exec` shows what else there is to say
    cat "$private/commits" "$private/switchover" 2>/dev/null
    return 0
  fi
  # Empty for the instant in which it is rewritten.
  { read -r beat <"$private/heartbeat" || [[ -e $private/heartbeat ]]; } 2>/dev/null || fail 'the supervisor has not begun'
  IFS=. read -r uptime _ </proc/uptime
  ((uptime - ${beat:-$uptime} <= 30)) || fail "the supervisor's last heartbeat is more than 30 s old"
  [[ $state == running ]] || return 0
  pg_isready -q -h "$PGHOST" -U postgres -t 3
  (($? != 2)) || fail 'the server does not answer on its socket'
}

# ready_standby DIRECTORY: whether a standby is near enough to its primary, as the agent saw it last.
ready_standby() {
  local role='' uptime lines=()
  { read -r role _ <"$1/role"; } 2>/dev/null
  [[ $role == standby ]] || return 0
  { mapfile -t lines <"$1/replication"; } 2>/dev/null
  IFS=. read -r uptime _ </proc/uptime
  ((uptime - ${lines[0]:--61} <= 60)) || fail 'replication-unknown: the agent has not looked at the replication'
  [[ -z ${lines[1]:-} ]] || fail "${lines[1]}"
}

fail() {
  printf '%s\n' "$1"
  exit 1
}

main "$@"
exit
