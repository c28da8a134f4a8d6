# shellcheck shell=bash
# survivors.sh: ends the processes that a killed postmaster leaves behind. Sourced by prepare.sh. Reads PGDATA.

# find_survivors: sets SURVIVORS to the server processes that work in our data directory or in a staging directory.
# The name is the kernel's own (no process title changes it) and is right under a wrapper of `postgres` too.
find_survivors() {
  local process name directory
  SURVIVORS=()
  for process in /proc/[0-9]*; do
    { read -r name <"$process/comm"; } 2>/dev/null || continue
    [[ $name == postgres ]] || continue
    for directory in "$PGDATA" "${PGDATA%/*}"/.initialising-*; do
      [[ ! $process/cwd -ef $directory ]] || SURVIVORS+=("${process#/proc/}")
    done
  done
}

# end_survivors: asks them to quit, kills them after 5 s, and waits until none is left.
end_survivors() {
  local signal=QUIT round
  find_survivors
  ((${#SURVIVORS[@]})) || return 0
  log "ending ${#SURVIVORS[@]} process(es) of an earlier server: ${SURVIVORS[*]}"
  for ((round = 0; ${#SURVIVORS[@]}; round++)); do
    ((round < 100)) || signal=KILL
    ((round % 20)) || kill -s "$signal" "${SURVIVORS[@]}" 2>/dev/null || true
    ((round < 200)) || refuse survivors volume "processes of an earlier server do not end: ${SURVIVORS[*]}"
    pause 0.05
    find_survivors
  done
}
