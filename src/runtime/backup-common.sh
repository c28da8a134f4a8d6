#!/usr/bin/env bash
#
# What every part of a backup or a restore uses: the end of the script, child processes, and safe forms of names.
# Sourced by backup.sh and restore.sh after common.sh. Functions that yield a value leave it in REPLY (a substitution would hide `fail`).

# Bytes, untranslated messages and a fixed order of file names; UTC in every name and record; files for the owner only.
export LC_ALL=C TZ=UTC0
umask 077

child=''
partial=''
told=''
# What a run that ended too early has left, in a sentence.
unharmed='earlier backups are untouched'

# fail <sentence>: the last line of the run says what went wrong and the cure.
fail() {
  tell "$*"
  exit 1
}

tell() {
  trap - ERR
  told=yes
  log "failed: $1"
}

unforeseen() {
  fail "$1 (${2%%$'\n'*}) ended the run, which nobody foresaw; $unharmed; please report it"
}

# run <command…>: in the background, so that a signal is handled at once and ends the command too.
run() {
  local status=0
  "$@" &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

# terminated <status> <signal>: the child is asked, then forced; what it had written is removed by clean_up.
terminated() {
  local ended=$child turn
  trap '' TERM INT
  trap - ERR
  if [[ -n $ended ]]; then
    kill -TERM "$ended" 2>/dev/null || true
    for ((turn = 0; turn < 50; turn++)); do
      kill -0 "$ended" 2>/dev/null || break
      pause 0.1
    done
    kill -KILL "$ended" 2>/dev/null || true
    wait "$ended" || true
  fi
  tell "ended by $2 before it was complete; $unharmed; if the Job's deadline ended it, give it more time"
  exit "$1"
}

# clean_up <status>
clean_up() {
  rm -f "$PRIVATE"/backup-passfile "$PRIVATE"/backup-answer "$PRIVATE"/backup-message
  # whoever finds the lock taken and nobody named knows that it is no backup
  if [[ -n ${holding-} ]]; then : >"$directory/.lock" || true; fi
  # A failed run gives its space back at once: a full volume must not stay full until the next run.
  if [[ -n $partial ]]; then rm -rf "$partial" || true; fi
  # bash itself ends a script at some errors, past any handler
  [[ $1 == 0 || -n $told ]] || tell "a script stopped at the error above; $unharmed; please report it"
}

now() {
  printf -v REPLY '%(%s)T' -1
}

# json_string <bytes>: a JSON string. Bytes that are not UTF-8 (a name from a database of another encoding) become \u00XX.
json_string() {
  local text=$1 out='' byte i utf8=''
  is_utf8 "$text" && utf8=yes
  for ((i = 0; i < ${#text}; i++)); do
    printf -v byte %d "'${text:i:1}"
    byte=$((byte & 255))
    if ((byte == 34 || byte == 92)); then
      out+="\\${text:i:1}"
    elif ((byte < 32 || byte == 127)) || [[ $byte -gt 127 && -z $utf8 ]]; then
      printf -v byte '\\u%04x' "$byte"
      out+=$byte
    else
      out+=${text:i:1}
    fi
  done
  REPLY="\"$out\""
}

# is_utf8 <bytes>: whether each lead byte has its continuation bytes (overlong and surrogate forms are refused too).
is_utf8() {
  local text=$1 byte i need=0 low=128 high=191
  for ((i = 0; i < ${#text}; i++)); do
    printf -v byte %d "'${text:i:1}"
    byte=$((byte & 255))
    if ((need > 0)); then
      ((byte >= low && byte <= high)) || return 1
      need=$((need - 1)) low=128 high=191
    elif ((byte >= 194 && byte <= 244)); then
      need=$((byte < 224 ? 1 : byte < 240 ? 2 : 3))
      low=$((byte == 224 ? 160 : byte == 240 ? 144 : 128))
      high=$((byte == 237 ? 159 : byte == 244 ? 143 : 191))
    elif ((byte > 127)); then
      return 1
    fi
  done
  ((need == 0))
}

# safe_name <bytes>: a file name; every byte but letters, digits, `_` and `-` is written as %XX.
safe_name() {
  local text=$1 out='' byte i
  for ((i = 0; i < ${#text}; i++)); do
    case ${text:i:1} in
      [A-Za-z0-9_-]) out+=${text:i:1} ;;
      *)
        printf -v byte %d "'${text:i:1}"
        printf -v byte '%%%02X' "$((byte & 255))"
        out+=$byte
        ;;
    esac
  done
  REPLY=$out
}
