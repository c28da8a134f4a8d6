# shellcheck shell=bash
# refuse.sh: refusing is a state, not a crash: the reason is told once, the supervisor asks again and again, and it heals when
# the cause goes. Sourced by prepare.sh.

# refuse CODE RUNBOOK SENTENCE: ends this run. The code is a stable word, the runbook a file in docs/runbooks.
refuse() {
  set_state waiting "$1: $3; see docs/runbooks/$2.md"
  exit "$REFUSED"
}

# refuse_unless_acknowledged CODE RUNBOOK SENTENCE VARIABLE FOUND: a guard with a door that opens for exactly what was found.
refuse_unless_acknowledged() {
  if [[ -n $5 && ,${!4}, == *",$5,"* ]]; then
    log_once "$1: $3; acknowledged by $4=$5"
  else
    refuse "$1" "$2" "$3. To go on all the same, acknowledge exactly this with $4=$5"
  fi
}

# log_once SENTENCE: every turn comes here again while a later guard refuses.
log_once() {
  local told=$PRIVATE/told-${1%%:*}
  [[ -e $told && $(<"$told") == "$1" ]] || log "$1"
  printf '%s' "$1" >"$told" || true
}
