# shellcheck shell=bash
# patience.sh: what only time can tell: whether peers stay silent. Sourced by prepare.sh. The supervisor runs that every few seconds
# for as long as it waits; in between a file remembers since when.

# waited_enough: whether what is to be seen has been so for as long as it takes to be sure.
waited_enough() {
  local situation=served seconds=0
  case ${FACT[volume]}-${FACT[primaries]}-${FACT[refusing]}-${FACT[standbys]}-${FACT[starting]} in
    # A name that was asked for too early stays unknown for up to 30 s.
    empty-0-no-no-no) situation=silent seconds=30 ;;
    # The kubelet brings a changed Secret within about a minute, and the agent of a primary applies it at once.
    primary-0-yes-*) situation=refused seconds=180 ;;
    primary-0-*-yes) situation=starting seconds=10 ;;
  esac
  # Where every peer's pod is there and has no server, nobody can have been overlooked.
  if [[ $situation == silent && ! "${ANSWER[*]/#closed *}" =~ [a-z] ]]; then situation=closed seconds=10; fi
  waited "$situation" "$seconds"
}

# waited SITUATION SECONDS: whether it has been the same for so long.
waited() {
  local situation='' since last
  read_uptime
  [[ ! -e $PRIVATE/waited ]] || read -r situation since last <"$PRIVATE/waited" || true
  [[ $situation == "$1" ]] && ((UPTIME - last <= 20)) || since=$UPTIME
  printf '%s %s %s\n' "$1" "$since" "$UPTIME" >"$PRIVATE/waited.new"
  mv -f "$PRIVATE/waited.new" "$PRIVATE/waited"
  ((UPTIME - since >= $2))
}
