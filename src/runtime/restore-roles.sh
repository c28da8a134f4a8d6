#!/usr/bin/env bash
#
# The roles of the backup that the server does not have, with everything that they had. A role that exists stays as it is:
# its password, its attributes, its settings, its memberships among roles that exist. Sourced by restore.sh.

restore_roles() {
  local name statement script=$PRIVATE/restore-statements
  declare -gA exists=() may_grant=()
  made=() left_out=() superusers=()
  query postgres 'SELECT rolname FROM pg_roles' || fail "the server could not be asked for its roles: $REPLY"
  for name in "${fields[@]}"; do exists[$name]=1; done
  read_statements "$directory/$backup/globals.sql" || fail 'globals.sql ends in the middle of a statement; use another backup'
  {
    printf 'BEGIN;\n'
    for statement in "${statements[@]}"; do
      if concerns_missing_role "$statement"; then
        without_grantor "$statement"
        printf '%s\n' "$REPLY"
      fi
    done
    printf 'COMMIT;\n'
  } >"$script"
  our_psql postgres -f "$script" >/dev/null || fail 'the roles of the backup could not be made, the reason stands above; no role was made'
  rm -f "$script"
  log "roles: ${#made[@]} made${made[*]:+: ${made[*]}}; the others exist and stay as they are"
  ((${#superusers[@]} == 0)) ||
    log "of these, superusers who can log in over the network, unlike postgres: ${superusers[*]}; docs/runbooks/roles.md tells how to take that away"
  ((${#left_out[@]} == 0)) || log "left out of globals.sql: ${left_out[*]}"
}

# without_grantor <statement>: since 16 a grantor needs the right to grant, granted before. A role that exists may lack it here, and so may a
# superuser of the backup's server: there the first one had it without a grant, an older server asked none. That somebody is a member matters
# more than who granted it.
without_grantor() {
  local grant grantor role
  REPLY=$1
  if [[ $1 =~ ^GRANT\ $identifier\ TO\ $identifier\ WITH\ ADMIN\ (OPTION|TRUE) ]]; then may_grant[${BASH_REMATCH[1]} ${BASH_REMATCH[3]}]=1; fi
  [[ $major -ge 16 && $1 =~ ^(GRANT\ $identifier\ TO\ .*)\ GRANTED\ BY\ $identifier\;$ ]] || return 0
  grant=${BASH_REMATCH[1]} role=${BASH_REMATCH[2]} grantor=${BASH_REMATCH[4]}
  bare "$grantor"
  if [[ -n ${exists[$REPLY]-} || -z ${may_grant[$role $grantor]-} ]]; then REPLY="$grant;"; else REPLY=$1; fi
}

# concerns_missing_role <statement>
concerns_missing_role() {
  local role other
  if [[ $1 =~ ^(CREATE|ALTER|COMMENT\ ON)\ ROLE\ $identifier || $1 =~ ^SECURITY\ LABEL\ FOR\ .*()ON\ ROLE\ $identifier ]]; then
    bare "${BASH_REMATCH[2]}"
    [[ -z ${exists[$REPLY]-} ]] || return 1
    if [[ $1 == CREATE* ]]; then made+=("${BASH_REMATCH[2]}"); fi
    if [[ $1 =~ ^ALTER\ ROLE\ $identifier\ WITH\ SUPERUSER\ .*\ LOGIN\ .*\ PASSWORD\  ]]; then superusers+=("${BASH_REMATCH[1]}"); fi
    return 0
  elif [[ $1 =~ ^(GRANT|REVOKE)\ .*\ ON\ PARAMETER\ .*\ (TO|FROM)\ $identifier ]]; then
    bare "${BASH_REMATCH[3]}"
    [[ -z ${exists[$REPLY]-} ]]
  elif [[ $1 =~ ^GRANT\ $identifier\ TO\ $identifier(\;|\ WITH\ |\ GRANTED\ ) ]]; then
    role=${BASH_REMATCH[1]} other=${BASH_REMATCH[3]}
    bare "$role" && role=$REPLY
    bare "$other"
    [[ -z ${exists[$role]-} || -z ${exists[$REPLY]-} ]]
  elif [[ $1 =~ ^(RE)?SET\ SESSION\ AUTHORIZATION ]]; then
    # who granted a privilege on a parameter: as above
    return 1
  elif [[ $1 == SET\ * ]]; then
    return 0
  else
    [[ $1 =~ ^[A-Z]+\ [A-Z]+ ]] || true
    left_out+=("${BASH_REMATCH[0]:-a statement} …;")
    return 1
  fi
}
