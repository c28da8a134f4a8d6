#!/usr/bin/env bash
#
# Which of the good backups the rules keep, and the deletion of the rest. Sourced by backup.sh.
# A rule of N keeps the newest backup of each of the last N periods that have one: days, ISO weeks and
# months in UTC, each rule for itself, the union is kept; and never fewer than the minimum, nor the one just made.

# plan_retention: `keep` and `discard`, as if the backup at work were finished already.
plan_retention() {
  local i kept=0
  local -A marked=()
  set_future_aside
  good=("$backup" "${good[@]}")
  keep_newest "$PGSTS_KEEP_LAST" instant
  keep_newest "$PGSTS_KEEP_DAILY" day
  keep_newest "$PGSTS_KEEP_WEEKLY" week
  keep_newest "$PGSTS_KEEP_MONTHLY" month
  marked[$backup]=1
  kept=${#marked[@]}
  for ((i = 0; i < ${#good[@]} && kept < PGSTS_KEEP_MINIMUM; i++)); do
    [[ -z ${marked[${good[i]}]-} ]] || continue
    marked[${good[i]}]=1
    kept=$((kept + 1))
  done
  keep=() discard=()
  for i in "${good[@]}"; do
    if [[ -n ${marked[$i]-} ]]; then keep+=("$i"); else discard+=("$i"); fi
  done
}

# set_future_aside: what a clock that was ahead has made would count as the newest for ever. It neither counts nor is deleted.
set_future_aside() {
  local timestamp past=()
  for timestamp in "${good[@]}"; do
    if [[ $timestamp < $backup ]]; then
      past+=("$timestamp")
    else
      log "$timestamp was made by a clock that was ahead: it does not count and is not deleted until its time has come"
    fi
  done
  good=("${past[@]}")
}

# keep_newest <count> <calendar>: marks the newest backup of each of the newest `count` periods.
keep_newest() {
  local left=$1 timestamp last=''
  for timestamp in "${good[@]}"; do
    ((left > 0)) || return 0
    period "$2" "$timestamp"
    [[ $REPLY != "$last" ]] || continue
    last=$REPLY
    marked[$timestamp]=1
    left=$((left - 1))
  done
}

# period <calendar> <timestamp>: equal for two timestamps of the same day, week or month.
period() {
  local year=$((10#${2:0:4})) month=$((10#${2:4:2})) day=$((10#${2:6:2})) era shifted days
  case $1 in
    instant) REPLY=$2 ;;
    day) REPLY=${2:0:8} ;;
    month) REPLY=${2:0:6} ;;
    week)
      # Days since 1970-01-01, a Thursday, by the civil calendar; years begin in March so that leap days come last.
      shifted=$((month > 2 ? year : year - 1))
      era=$((shifted / 400))
      days=$((shifted % 400 * 365 + shifted % 400 / 4 - shifted % 400 / 100))
      days=$((days + (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1 + era * 146097 - 719468))
      REPLY=$(((days + 3) / 7))
      ;;
  esac
}

# A backup is renamed before it is deleted: a crash leaves a leftover, never half a backup under a good name.
apply_retention() {
  local old
  log "retention keeps ${#keep[@]}: ${keep[*]}"
  log "retention deletes ${#discard[@]}: ${discard[*]:-none}"
  for old in "${discard[@]}"; do
    if ! run mv -T "$directory/$old" "$directory/.deleting-$old" || ! run rm -rf "$directory/.deleting-$old"; then
      fail "backup $backup is complete, but the old backup $old could not be deleted; delete $directory/$old by hand"
    fi
  done
}
