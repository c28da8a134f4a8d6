# shellcheck shell=bash
# control.sh: what the control file of a data directory says, as a whole. Sourced by prepare.sh and agent.sh.

declare -gA CONTROL=()

# read_control DIRECTORY: fills CONTROL with what pg_controldata says, by label.
read_control() {
  local line value
  CONTROL=()
  while IFS= read -r line; do
    value=${line#*:}
    [[ $line != *:* ]] || CONTROL[${line%%:*}]=${value#"${value%%[! ]*}"}
  done <<<"$(LC_ALL=C pg_controldata "$1")"
}

# to_number HIGH/LOW: sets REPLY to a position in the WAL as a number.
to_number() { REPLY=$((16#${1%/*} << 32 | 16#${1#*/})); }

# from_number POSITION: prints it as HIGH/LOW.
from_number() { printf '%X/%X' $(($1 >> 32)) $(($1 & 0xffffffff)); }
