# shellcheck shell=bash
# recovery.sh: what a standby waits for that takes no connections yet. Sourced by agent.sh after replication.sh. Reads PGDATA.

RECOVERY_AT=0

# tend_recovery: a standby that takes no connections yet shows in the titles of its processes which file of the WAL it replays and whether
# it receives any. It may wait for what its primary no longer has.
tend_recovery() {
  local titles file reason
  ((UPTIME >= RECOVERY_AT)) || return 0
  RECOVERY_AT=$((UPTIME + 10))
  titles=$(server_titles)
  if [[ $titles == *'walreceiver streaming'* || ! $titles =~ startup\ .*([0-9A-F]{24}) ]]; then
    STUCK_SINCE=''
    return
  fi
  file=${BASH_REMATCH[1]}
  if ((FOLLOWED == ORDINAL)); then look_for_source "$file"; else look_without_stream "$file" "$(start_of "$file")"; fi
}

# look_for_source PROGRESS: one that follows nobody, since it was declared and nobody was to be seen, and that cannot be read yet, may need what another pod
# has. Where one is the primary by now, or offers the writes to this one, it is decided anew.
look_for_source() {
  local peer role patience=60
  [[ $STUCK_SINCE && $STUCK_AT == "$1" ]] || { STUCK_SINCE=$UPTIME STUCK_AT=$1 && return; }
  [[ ! -e $PATIENCE_FILE ]] || read -r patience <"$PATIENCE_FILE"
  ((UPTIME - STUCK_SINCE >= patience)) || return 0
  read_topology
  ask_peers
  for peer in "${PEERS[@]}"; do
    read -r role _ <<<"${ANSWER[$peer]}"
    [[ $role == primary ]] || { [[ $role == standby && $PRIMARY_ORDINAL == "$ORDINAL" && $(offers "$peer") ]]; } || continue
    replace "$PATIENCE_FILE" "$((patience < 1800 ? patience * 2 : 3600))"$'\n'
    decide_again "$(host_of "$peer") may have the WAL that this server waits for"
    return
  done
}

# server_titles: of the server's processes that bring the WAL in.
server_titles() {
  local title file
  for file in /proc/[0-9]*/cmdline; do
    { IFS= read -r -d '' title <"$file"; } 2>/dev/null
    [[ ! $title =~ ^postgres:.*(startup|walreceiver) ]] || printf '%s\n' "$title"
  done
}

# start_of FILE: the position at which that file of the WAL begins.
start_of() {
  local start size
  read_control "$PGDATA"
  size=${CONTROL[Bytes per WAL segment]}
  start=$((16#${1:8:8} << 32 | 16#${1:16:8} * size))
  from_number "$start"
}
