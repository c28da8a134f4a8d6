#!/usr/bin/env bash
#
# The copy of a database that is made beside the others: its name, its mark, how it is made, completed and removed. Sourced by restore.sh.

staging=''
# The copy that this run has made and not completed.
unfinished=''

# staging_of <directory>: no client knows this name, and the next run does.
staging_of() { REPLY=restore-$backup-$record_sum-${1%%-*}; }

# remove_unfinished: what a dead run left. Only complete copies of what is wanted now are of use.
remove_unfinished() {
  local one name useful='' i
  for one in "${chosen[@]}"; do
    if [[ ${state_of[$one]} =~ ^(absent|empty)$ ]] && ! is_every_servers "$one"; then staging_of "$one" && useful+=" $REPLY "; fi
  done
  declare -gA complete=()
  query postgres "SELECT datname, staged, datconnlimit, datconnlimit <> -2 AND staged AND 'cdk8s_postgres.restored=$(mark)' = ANY (setconfig)
    FROM pg_database d LEFT JOIN pg_db_role_setting ON setdatabase = d.oid AND setrole = 0,
      LATERAL (SELECT EXISTS (SELECT FROM unnest(setconfig) AS option WHERE option ~ '$staging_mark') AS staged) x
    WHERE datname ~ '$staging_pattern'" || fail "the server could not be asked for its databases: $REPLY"
  local found=("${fields[@]}")
  for ((i = 0; i < ${#found[@]}; i += 4)); do
    name=${found[i]}
    if [[ $useful == *" $name "* && ${found[i + 3]} == t ]]; then
      complete[$name]=1
    elif is_left_over "$name" "${found[i + 1]}" "${found[i + 2]}"; then
      still_alone
      log "removing the database $name, left by a restore that did not end"
      drop "$name" || log "the database $name cannot be dropped: $REPLY; when it can: DROP DATABASE \"$name\" WITH (FORCE)"
    else
      log "the database $name is named like an unfinished copy and does not have its mark, or holds something: it is left alone"
    fi
  done
}

# is_left_over <name> <whether it is marked> <limit of connections>: a run may have died before it could mark what it had made, closed and empty;
# and what was set aside as empty may have been opened by hand since. A server that died while it dropped one leaves what nobody can enter again.
is_left_over() {
  if [[ $2 == t && $1 != *-empty || $3 == -2 ]]; then return 0; fi
  [[ $2 == t || $3 == 0 ]] && what_is_in "$1" && [[ -z ${fields[0]} ]]
}

# A copy that was complete is marked as a template, if the original was. What was half dropped can only be dropped.
drop() {
  query postgres "SELECT 1 FROM pg_database WHERE datname = '$1' AND datistemplate AND datconnlimit <> -2" || return 1
  ((${#fields[@]} == 0)) || query postgres "ALTER DATABASE \"$1\" IS_TEMPLATE false" || return 1
  query postgres "DROP DATABASE \"$1\" WITH (FORCE)"
}

# database_statements <directory>: into `statements`: the database itself, its settings, privileges and comment. Where the name has
# a line break, pg_restore ends in front of the last three: it would have to write a command that psql cannot read.
database_statements() {
  local entry list=$PRIVATE/restore-list script=$PRIVATE/restore-statements
  run pg_restore --list --create "$directory/$backup/$1" >"$PRIVATE/backup-answer" || return 1
  while IFS= read -r entry; do
    if [[ $entry =~ ^[0-9]+\;\ [0-9]+\ [0-9]+\ (ACL|COMMENT|SECURITY\ LABEL)\ -\ DATABASE\  ]]; then printf '%s\n' "$entry"; fi
  done <"$PRIVATE/backup-answer" >"$list"
  run pg_restore --create --use-list="$list" --file="$script" "$directory/$backup/$1" 2>"$PRIVATE/backup-message" ||
    [[ ${name_of[$1]} == *[$'\n\r']* ]] || return 1
  read_statements "$script"
}

# create_staging: closed to everybody but superusers from its first moment on. The mark is the limit of connections that it gets in its place.
create_staging() {
  local statement
  database_statements "$1" || fail "what the database $2 was made with cannot be read from its dump; use another backup"
  still_alone
  for statement in "${statements[@]}"; do
    if [[ $statement != 'CREATE DATABASE '* ]] || ! renamed "$statement" "\"$staging\""; then continue; fi
    # The folders of other tablespaces are not there: everything goes into the data directory.
    if [[ $REPLY =~ ^(.*)\ TABLESPACE\ =\ $identifier\;$ ]]; then REPLY="${BASH_REMATCH[1]};"; fi
    query postgres "${REPLY%;} CONNECTION LIMIT = 0;" || fail "the database $2 could not be made: $REPLY"
    unfinished=$staging
    query postgres "ALTER DATABASE \"$staging\" SET cdk8s_postgres.staging = '-1'" || fail "the copy of the database $2 could not be marked: $REPLY"
  done
  [[ ${name_of[$1]} != *[$'\n\r']* ]] || log "database $2: settings, privileges and comment of a database with such a name cannot be restored"
  [[ -n $unfinished ]] || fail "the dump of the database $2 does not say how to make it; use another backup"
}

# read_properties <directory> <identifier>: into `properties`: the statements that give a database of that name what the dump's has beside its
# contents: owner, settings, privileges, comment. Its limit of connections in `limit`.
read_properties() {
  local statement
  properties=() limit=-1
  database_statements "$1" || return 1
  for statement in "${statements[@]}"; do
    # a privilege that was granted by somebody who had been granted the right to
    if [[ $statement =~ ^(RE)?SET\ SESSION\ AUTHORIZATION ]]; then properties+=("$statement") && continue; fi
    if [[ $statement == 'CREATE DATABASE '* ]] || ! renamed "$statement" "$2"; then continue; fi
    if [[ $REPLY == "ALTER DATABASE $2 CONNECTION LIMIT = "* ]]; then limit=${REPLY##* } limit=${limit%;} && continue; fi
    # not what an earlier restore has noted; and template1 under another name is no template
    [[ $REPLY == *' SET "cdk8s_postgres.'* || ${name_of[$1]} == template1 && $REPLY == *' IS_TEMPLATE = true;' ]] || properties+=("$REPLY")
  done
}

# set_properties <directory> <statements…>: all at once, these last. False with the message in REPLY.
set_properties() {
  local script=$PRIVATE/restore-properties
  printf '%s\n' 'BEGIN;' "${properties[@]}" "${@:2}" 'COMMIT;' >"$script"
  insist "$1" run_script "$script"
}

run_script() {
  local status=0
  our_psql postgres -f "$1" >/dev/null 2>"$PRIVATE/backup-message" || status=$?
  read_message
  return "$status"
}

# complete_staging: what it has beside its contents, and the mark, behind everything else. It stays closed.
complete_staging() {
  read_properties "$1" "\"$staging\"" || fail "the settings of the database $2 cannot be read from its dump; use another backup"
  set_properties "$1" "ALTER DATABASE \"$staging\" SET cdk8s_postgres.staging = '$limit';" \
    "ALTER DATABASE \"$staging\" SET cdk8s_postgres.restored = '$(mark)';" || fail "the settings of the database $2 could not be restored: $REPLY"
  # whatever fails from now on, the next run goes on from here
  complete[$staging]=1 unfinished=''
}
