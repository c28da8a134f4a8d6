#!/usr/bin/env bash
#
# Which backups of a cluster are good, and what their records say. Sourced by backup.sh and restore.sh.

readonly format_version=1
readonly timestamp_pattern='[0-9]{8}T[0-9]{6}Z'
# How a restore names the copy that it makes beside the others. A database of somebody may have such a name too.
readonly staging_pattern="^restore-$timestamp_pattern-[0-9a-f]{8}-[0-9]+(-empty)?\$"
# The setting that such a copy carries until it is in its place.
readonly staging_mark='^cdk8s_postgres[.]staging='

# Timestamps of the good backups, newest first, in `good`.
find_good_backups() {
  local path
  good=()
  for path in "$directory"/[0-9]*; do
    if ! [[ ${path##*/} =~ ^$timestamp_pattern$ ]]; then
      continue
    elif is_good "$path"; then
      good=("${path##*/}" "${good[@]}")
    else
      log "${path##*/} is no complete backup: it does not count and is not deleted; look at it and remove it by hand"
    fi
  done
}

# is_good <directory>: its backup.json is the one that was summed, and no file of the sums is missing.
is_good() {
  local sum file json_sum='' actual
  [[ -d $1 && ! -L $1 && -s $1/backup.json && -s $1/SHA256SUMS ]] || return 1
  while read -r sum file; do
    [[ -f $1/$file ]] || return 1
    if [[ $file == backup.json ]]; then json_sum=$sum; fi
  done <"$1/SHA256SUMS"
  [[ -n $json_sum ]] || return 1
  number_in_record "${1##*/}" format && [[ $REPLY == "$format_version" ]] || return 1
  read -r actual _ < <(sha256sum "$1/backup.json") && [[ $actual == "$json_sum" ]]
}

# number_in_record <backup> <member>: from the outermost level of its backup.json.
number_in_record() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^'  "'$2'": '([0-9]+),$ ]]; then
      REPLY=${BASH_REMATCH[1]}
      return 0
    fi
  done <"$directory/$1/backup.json"
  return 1
}
