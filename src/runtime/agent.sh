#!/usr/bin/env bash
# agent.sh: the supervisor's child that speaks SQL: applies declared roles, passwords and databases at the start of a primary
# and when their files change, and reloads the configuration when it changes. Of a primary it asks nothing in between but, every
# ten minutes, for slots that nobody needs; of a standby, how the replication goes. Its end harms nobody.
# Reads PGHOST, PGSTS_OWNER, PGSTS_MAXIMUM_LAG_BYTES and the mounted files. Runs until a signal ends it.
set -u

main() {
  load
  local apply=due contents=due reload=due again=0 delay=1
  declare -A SEEN=()
  read -r ROLE FOLLOWED <"$ROLE_FILE"
  read_topology
  open_pause
  while true; do
    read_uptime
    if [[ $ROLE == standby ]] && ! serves; then
      # the connections to the primary take it, whatever else waits until this one serves
      ! changed credentials || write_passfile || true
      tend_recovery
      pause 0.5
      continue
    fi
    if changed databases credentials role-passwords topology; then apply=due contents=due again=0 SLOTS_AT=0; fi
    # What is declared reaches a standby with the WAL.
    [[ $ROLE != standby || ! $apply ]] || renew_passfile
    if changed reload access tls; then reload=due again=0 FAULT=''; fi
    if [[ $apply$contents$reload == *due* ]] && ((UPTIME >= again)); then
      [[ $apply != due ]] || ! apply_declared || apply=''
      [[ $contents != due ]] || ! apply_contents || contents=''
      [[ $reload != due ]] || ! reload_configuration || reload=''
      read_uptime
      delay=$((delay < 30 ? delay * 2 : 60)) again=$((UPTIME + delay))
      [[ $apply$contents$reload ]] || delay=1
    fi
    "tend_$ROLE"
    pause 1
  done
}

load() {
  # shellcheck source=SCRIPTDIR/common.sh
  . /opt/cdk8s-postgres/common.sh
  # shellcheck source=SCRIPTDIR/declared.sh
  . "$SCRIPTS/declared.sh"
  # shellcheck source=SCRIPTDIR/passwords.sh
  . "$SCRIPTS/passwords.sh"
  # shellcheck source=SCRIPTDIR/reload.sh
  . "$SCRIPTS/reload.sh"
  # shellcheck source=SCRIPTDIR/tls.sh
  . "$SCRIPTS/tls.sh"
  # shellcheck source=SCRIPTDIR/role-files.sh
  . "$SCRIPTS/role-files.sh"
  # shellcheck source=SCRIPTDIR/topology.sh
  . "$SCRIPTS/topology.sh"
  # shellcheck source=SCRIPTDIR/peers.sh
  . "$SCRIPTS/peers.sh"
  # shellcheck source=SCRIPTDIR/control.sh
  . "$SCRIPTS/control.sh"
  # shellcheck source=SCRIPTDIR/ancestry.sh
  . "$SCRIPTS/ancestry.sh"
  # shellcheck source=SCRIPTDIR/standby.sh
  . "$SCRIPTS/standby.sh"
  # shellcheck source=SCRIPTDIR/hand-over.sh
  . "$SCRIPTS/hand-over.sh"
  # shellcheck source=SCRIPTDIR/commits.sh
  . "$SCRIPTS/commits.sh"
  # shellcheck source=SCRIPTDIR/slots.sh
  . "$SCRIPTS/slots.sh"
  # shellcheck source=SCRIPTDIR/receiver.sh
  . "$SCRIPTS/receiver.sh"
  # shellcheck source=SCRIPTDIR/replication.sh
  . "$SCRIPTS/replication.sh"
  # shellcheck source=SCRIPTDIR/recovery.sh
  . "$SCRIPTS/recovery.sh"
  # shellcheck source=SCRIPTDIR/superusers.sh
  . "$SCRIPTS/superusers.sh"
}

# serves: whether the supervisor has seen the server take connections. A primary's agent begins only then.
serves() {
  local state=''
  { read -r state <"$STATE_FILE"; } 2>/dev/null
  [[ $state == state=running ]]
}

renew_passfile() {
  apply='' contents=''
  write_passfile || log "the replication goes on as long as its connection does: $PROBLEM"
}

# changed MOUNT...: whether the kubelet has swapped one of these mounts since the last call. The descriptor keeps the
# directory that was seen, so that its inode cannot be another's; nothing is started to compare the two.
changed() {
  local mount data seen result=1
  for mount; do
    data=$CONFIGURATION/$mount/..data
    [[ -e $data ]] || data=$CONFIGURATION/$mount
    [[ -e $data ]] || continue
    seen=${SEEN[$mount]:-}
    [[ -z $seen || ! $data -ef /dev/fd/$seen ]] || continue
    [[ -z $seen ]] || exec {seen}<&-
    exec {seen}<"$data" && SEEN[$mount]=$seen
    result=0
  done
  return "$result"
}

apply_declared() {
  local result=0
  check_username || log "$PROBLEM, so clients that take it from there cannot log in"
  apply_file "$DECLARED/roles.sql" || result=1
  apply_passwords || result=1
  apply_file "$DECLARED/databases.sql" || result=1
  tell_superusers || result=1
  if ((result)); then
    log 'not everything that is declared could be applied; it is tried again'
  else
    log "applied the declared roles, passwords and databases${KEPT:+, except the passwords told above}"
  fi
  return "$result"
}

main "$@"
exit
