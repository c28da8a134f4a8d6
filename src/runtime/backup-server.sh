#!/usr/bin/env bash
#
# The server that is dumped: what it is, what the role may do, and which databases there are. Sourced by backup.sh.

read_server() {
  local sql client
  sql="SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('server_version'),
      (SELECT system_identifier FROM pg_catalog.pg_control_system()),
      CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
           ELSE pg_catalog.pg_current_wal_lsn() END,
      pg_catalog.pg_is_in_recovery()"
  query postgres "$sql" || fail "the server could not be asked what it is: $REPLY"
  server_version_num=${fields[0]} server_version=${fields[1]} system_identifier=${fields[2]} wal_position=${fields[3]}
  in_recovery=false
  [[ ${fields[4]} == t ]] && in_recovery=true
  client=$(pg_dump --version) || fail "pg_dump cannot be started; use an image of PostgreSQL's server programs"
  pg_dump_version=${client#pg_dump (PostgreSQL) }
  ((server_version_num / 10000 <= ${pg_dump_version%%[!0-9]*})) ||
    fail "the server is PostgreSQL $server_version and this image's pg_dump is $pg_dump_version, which cannot read it; give" \
      "the backup the server's image"
}

# A dump by a role that lacks one of these fails late, at the first table or large object that needs it.
check_role() {
  local sql lacks
  sql="SELECT pg_catalog.concat_ws(', ',
      CASE WHEN NOT r.rolbypassrls THEN 'BYPASSRLS' END,
      CASE WHEN NOT pg_catalog.pg_has_role(r.oid, 'pg_read_all_data', 'USAGE') THEN 'membership in pg_read_all_data' END,
      CASE WHEN pg_catalog.current_setting('lo_compat_privileges') <> 'on' THEN 'SET lo_compat_privileges = on' END)
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user AND NOT r.rolsuper"
  query postgres "$sql" || fail "the server could not be asked what $PGUSER may do: $REPLY"
  lacks=${fields[0]-}
  [[ -z $lacks ]] || fail "the role $PGUSER lacks: $lacks; without it a dump would not hold everything: grant it as superuser"
}

# Every database that accepts connections, templates too, as pg_dumpall does: a template may hold work as well. What a restore has begun is known
# by its mark, or, until it is marked, by its limit of connections: a name alone may be anybody's.
read_databases() {
  local sql i open lacking=''
  sql="SELECT d.oid, d.datname, d.datistemplate, pg_catalog.pg_encoding_to_char(d.encoding),
      CASE d.datlocprovider WHEN 'b' THEN 'builtin' WHEN 'i' THEN 'icu' ELSE 'libc' END, d.datcollate, d.datctype,
      coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale', ''),
      coalesce(d.datcollversion, ''), t.spcname, d.datallowconn AND d.datconnlimit <> -2,
      pg_catalog.has_database_privilege(d.oid, 'CONNECT'),
      CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') AND d.datallowconn AND d.datconnlimit <> -2
        THEN coalesce(pg_catalog.pg_database_size(d.oid), 0) ELSE 0 END,
      d.datname ~ '$staging_pattern' AND (d.datconnlimit = 0 OR EXISTS (SELECT
        FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS option
        WHERE s.setdatabase = d.oid AND s.setrole = 0 AND option ~ '$staging_mark'))
    FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace ORDER BY d.oid"
  query postgres "$sql" || fail "the server could not be asked for its databases: $REPLY"
  database_fields=("${fields[@]}") database_bytes=0 databases=() not_dumped=()
  for ((i = 0; i < ${#fields[@]}; i += 14)); do
    open=${database_fields[i + 10]}
    json_string "${database_fields[i + 1]}"
    if [[ $open == f ]]; then
      # template0 can only be what initdb made of it.
      [[ ${database_fields[i + 1]} == template0 ]] || leave_out "$REPLY" 'it does not accept connections'
    elif [[ ${database_fields[i + 13]} == t ]]; then
      leave_out "$REPLY" 'it is left from a restore that did not end'
    elif [[ ${database_fields[i + 11]} == f ]]; then
      lacking+=" $REPLY"
    else
      databases+=("$i")
      database_bytes=$((database_bytes + database_fields[i + 12]))
    fi
  done
  [[ -z $lacking ]] ||
    fail "the role $PGUSER may not connect to:$lacking; as superuser: GRANT CONNECT ON DATABASE … TO \"$PGUSER\""
}

# leave_out <name as JSON> <reason>: never in silence.
leave_out() {
  log "the database $1 is not in this backup: $2"
  json_string "$2"
  not_dumped+=("{ \"name\": $1, \"reason\": $REPLY }")
}
