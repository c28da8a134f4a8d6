#!/usr/bin/env bash
# common.sh: what every script of the pod uses. Sourced; needs bash 5 and coreutils (or busybox).
# Reads PGSTS_POD (or the host's name) for the log. Defines constants and functions only; calls nothing.
# shellcheck disable=SC2034 # not every script uses every constant

readonly SCRIPTS=/opt/cdk8s-postgres
readonly CONFIGURATION=/etc/cdk8s-postgres
readonly VOLUME=/var/lib/postgresql
readonly PRIVATE=/run/cdk8s-postgres
readonly STATE_FILE=$PRIVATE/state
# prepare.sh's status when it waits for something; a status that no program of PostgreSQL has.
readonly REFUSED=75

# log SENTENCE: one line on standard error. The whole time comes from one reading of the clock.
log() {
  local -x TZ=UTC0
  local now=$EPOCHREALTIME program=${0##*/}
  printf '%(%Y-%m-%dT%H:%M:%S)T.%sZ %s %s: %s\n' "${now%[.,]*}" "${now: -6:3}" \
    "${PGSTS_POD:-$HOSTNAME}" "${program%.sh}" "$*" >&2
}

# set_state STATE [REASON]: what the probes read. Written and logged once per change, so a reason must be a stable text.
set_state() {
  local state=$1 reason=${2:-} current=()
  [[ ! -e $STATE_FILE ]] || mapfile -t current <"$STATE_FILE"
  [[ ${current[0]:-} != "state=$state" || ${current[2]:-} != "reason=$reason" ]] || return 0
  printf 'state=%s\nsince=%s\nreason=%s\n' "$state" "$EPOCHSECONDS" "$reason" >"$STATE_FILE.$BASHPID" &&
    mv -f "$STATE_FILE.$BASHPID" "$STATE_FILE"
  log "$state${reason:+: $reason}"
}

# read_uptime: sets UPTIME to whole seconds of a clock that nobody sets forward or back, for every length of time.
read_uptime() { IFS=. read -r UPTIME _ </proc/uptime; }

# open_pause, pause SECONDS: sleeps without starting a process. Whoever writes to descriptor PAUSE ends the pause early.
open_pause() { exec {PAUSE}<> <(:); }
pause() { read -r -t "$1" -n 1 -u "$PAUSE" || true; }

# running PID: whether this child has not ended yet. One that has ended and that bash has not noticed, which has been seen once of a PID 1
# under load, is no running one: `wait` takes its status.
running() {
  local state=''
  { read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null && [[ $state != Z ]]
}

# durable PATH: everything written to PATH's file system is on its disk.
# Where `sync -f` is unknown (busybox), everything is written; its failure is one.
durable() { if sync -f "$PRIVATE" 2>/dev/null; then sync -f "$1"; else sync; fi; }
