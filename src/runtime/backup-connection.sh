#!/usr/bin/env bash
#
# The connection to the server: the password, the wait for it, and questions. Sourced by backup.sh and restore.sh.
# Answers are read with NUL between fields: a name may hold any other byte.

readonly server_wait_seconds=120

# The password goes into a passfile in memory: never an argument, never the environment.
write_passfile() {
  local password='' key=$password_key password_file=$CONFIGURATION/credentials/$password_key
  [[ -r $password_file ]] ||
    fail "the Secret has no key \`$key\`, or it cannot be read; add the password of the role $PGUSER under that key"
  if IFS= read -r -d '' password <"$password_file"; then
    fail "the key \`$key\` of the Secret holds a NUL byte; write the password without one"
  fi
  [[ -n $password ]] || fail "the key \`$key\` of the Secret is empty; write the password of the role $PGUSER into it"
  [[ $password != *[$'\n\r']* ]] ||
    fail "the key \`$key\` of the Secret holds a line break, perhaps at its end; write the password without one"
  password=${password//\\/\\\\}
  export PGPASSFILE=$PRIVATE/backup-passfile
  rm -f "$PGPASSFILE"
  printf '*:*:*:*:%s\n' "${password//:/\\:}" >"$PGPASSFILE" ||
    fail "$PGPASSFILE cannot be written; check that $PRIVATE is an emptyDir in memory"
}

# query <database> <sql>: the answer's fields in the array `fields`; false with the message in REPLY.
# The search path is pinned: an operator of a database's owner must not run with this role's privileges.
query() {
  local status=0
  fields=()
  PGDATABASE=$1 PGOPTIONS="-c search_path=pg_catalog${session_options:-}" run psql -XAtqw -v ON_ERROR_STOP=1 \
    --field-separator-zero --record-separator-zero -c "$2" >"$PRIVATE/backup-answer" 2>"$PRIVATE/backup-message" || status=$?
  read_message
  if ((status == 0)); then mapfile -d '' -t fields <"$PRIVATE/backup-answer"; fi
  return "$status"
}

# read_message: the error that psql has told, in REPLY. Warnings may stand before it, as each session's about the version of a collation.
read_message() {
  local line first=''
  REPLY=''
  while IFS= read -r line || [[ -n $line ]]; do
    first=${first:-$line}
    if [[ $line =~ (ERROR|FATAL|PANIC):\  && $line != WARNING:* ]]; then REPLY=$line && break; fi
  done <"$PRIVATE/backup-message"
  REPLY=${REPLY:-$first}
  REPLY=${REPLY#psql: error: }
}

# Until the server answers this role. A new password or a new role may take the server's own agent some seconds.
wait_for_server() {
  local told='' until
  now
  until=$((REPLY + server_wait_seconds))
  until query postgres 'SELECT 1'; do
    [[ $REPLY == "$told" ]] || log "waiting for $PGHOST: $REPLY"
    told=$REPLY
    now
    ((REPLY < until)) ||
      fail "$PGHOST did not let $PGUSER in for $server_wait_seconds s: $told; check that the server is ready, and that the" \
        "Secret's $password_key is the one it knows"
    pause 2
    # the Secret may have changed meanwhile
    write_passfile
  done
}
