#!/usr/bin/env bash
#
# Reads the statements of what pg_dumpall and pg_restore wrote, which are one or a few lines each. Sourced by restore.sh.

# A name as these programs write it: bare, or in double quotes.
readonly identifier='("([^"]|"")*"|[^" ;]+)'

# read_statements <file>: into `statements`. Comments and the commands of psql are none.
read_statements() {
  local line statement=''
  statements=()
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ -z $statement && ($line == '' || $line == --* || $line == \\*) ]]; then continue; fi
    statement+=${statement:+$'\n'}$line
    if is_complete "$statement"; then
      statements+=("$statement")
      statement=''
    fi
  done <"$1"
  [[ -z $statement ]]
}

# is_complete <text>: it ends with a semicolon that stands in no quotes.
is_complete() {
  local rest=$1 quoted='^[^'\''"]*('\''[^'\'']*'\''|"[^"]*")(.*)$'
  [[ $rest == *\; ]] || return 1
  while [[ $rest =~ $quoted ]]; do rest=${BASH_REMATCH[2]}; done
  [[ $rest != *[\'\"]* ]]
}

# bare <identifier>: the name.
bare() {
  REPLY=$1
  if [[ $REPLY == \"* ]]; then
    REPLY=${REPLY:1:${#REPLY}-2}
    REPLY=${REPLY//'""'/'"'}
  fi
}

quote_literal() { REPLY="'${1//\'/\'\'}'"; }

quote_identifier() { REPLY="\"${1//\"/\"\"}\""; }

# renamed <statement about a database> <identifier>: the statement about a database of that name, in REPLY; false for a statement
# that is about something else.
renamed() {
  local pattern
  for pattern in "^((ALTER|COMMENT ON) DATABASE )$identifier( .*)\$" "^(SECURITY LABEL FOR $identifier ON DATABASE )$identifier( .*)\$" \
    "^((GRANT|REVOKE) [A-Z, ]+ ON DATABASE )$identifier( .*)\$" "^(ALTER ROLE $identifier IN DATABASE )$identifier( .*)\$" \
    "^((CREATE) DATABASE )$identifier( .*)\$"; do
    if [[ $1 =~ $pattern ]]; then
      REPLY=${BASH_REMATCH[1]}$2${BASH_REMATCH[-1]}
      return 0
    fi
  done
  return 1
}
