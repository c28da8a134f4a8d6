# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # whoever compares sets and uses them
# ancestry.sh: where two copies part. Numbers of timelines do not tell: of two pods that were promoted while neither knew of the other, both take
# the next one. Where each timeline began does. Sourced by prepare.sh, agent.sh and switchover.sh. Reads PGDATA; peers.sh asks.

FORK=-1 NAMESAKE='' HISTORY=''

# find_fork TIMELINE POSITION: sets HISTORY to that of PRIMARY, which has got there, as lines of a timeline and its end, and FORK to where it leaves
# MY_TIMELINE; -1 where it never was on mine.
# NAMESAKE: it was on another one with that number, or with one that this copy has begun to follow; then nothing here may be rewound, since
# pg_rewind takes two timelines with one number for the same. Fails where that pod does not tell.
find_fork() {
  local file number
  FORK=-1 NAMESAKE=''
  HISTORY=$'\n'$(history_of "$1") || return
  # its last timeline goes on
  HISTORY+=$'\n'"$1 $2"
  if [[ $HISTORY =~ $'\n'$MY_TIMELINE\ ([0-9A-F/]+) ]]; then
    to_number "${BASH_REMATCH[1]}"
    FORK=$REPLY
  fi
  for file in "$PGDATA"/pg_wal/????????.history; do
    [[ $file =~ /([0-9A-F]{8})\.history$ ]] || continue
    number=$((16#${BASH_REMATCH[1]}))
    ((number >= MY_TIMELINE)) && [[ $HISTORY == *$'\n'"$number "* ]] || continue
    [[ $'\n'$(timelines <"$file") == "${HISTORY%%$'\n'"$number "*}" ]] || FORK=-1 NAMESAKE=1
  done
  # without that file nobody can tell
  ((MY_TIMELINE == 1)) || [[ -e $PGDATA/pg_wal/$(printf %08X "$MY_TIMELINE").history ]] || FORK=-1 NAMESAKE=1
}

# history_of TIMELINE: prints the timelines before that one, as PRIMARY has it. The first has no history.
history_of() {
  local said
  (($1 > 1)) || return 0
  said=$(ask_walsender "$PRIMARY" "TIMELINE_HISTORY $1") && [[ $said == *.history\|* ]] || return
  timelines <<<"${said#*.history|}"
}

# timelines: prints each line of a history on standard input as the number of a timeline and where that ended.
timelines() {
  local number point
  while read -r number point _; do [[ ! $number =~ ^[0-9]+$ ]] || printf '%s %s\n' "$number" "$point"; done
}

# is_in_history ORDINAL TIMELINE HISTORY: whether all that this standby has on its volume is in that history, which ends on that timeline. What it has replayed
# by now may be less.
is_in_history() {
  local timeline position highest end
  read -r _ _ timeline position <<<"${ANSWER[$1]}"
  highest=$(ask_sql "$1" <<<"SELECT max(pg_catalog.substr(name, 1, 8)) FROM pg_catalog.pg_ls_waldir() WHERE name ~ '^[0-9A-F]{8}([0-9A-F]{16}|[.]history)$';") &&
    [[ $highest =~ ^[0-9A-F]{8}$ ]] && ((16#$highest <= $2)) || return 1
  [[ $3 =~ $'\n'$timeline\ ([0-9A-F/]+) ]] || return 1
  to_number "${BASH_REMATCH[1]}"
  end=$REPLY
  to_number "$position"
  PRIMARY=$1
  ((REPLY <= end)) && [[ $'\n'$(history_of "$timeline") == "${3%%$'\n'"$timeline "*}" ]]
}
