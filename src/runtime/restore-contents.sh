#!/usr/bin/env bash
#
# What a database of the server holds, as far as somebody has made it. Sourced by restore.sh.

# what_is_in <database>: what somebody has made there. Schemas and extensions alone may be declared and are no loss, nor is what an
# extension (e) or another object (i) has made for itself.
what_is_in() {
  local kind sql
  rows_of_extensions "$1" || return 1
  sql="$REPLY, (SELECT concat(count(*), ' large objects') FROM pg_largeobject_metadata HAVING count(*) > 0),
    (SELECT concat(count(*), ' subscriptions') FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
      WHERE datname = current_database() HAVING count(*) > 0)"
  for kind in pg_ts_config:'text search configurations' pg_ts_dict:'text search dictionaries' pg_event_trigger:'event triggers' \
    pg_foreign_server:'foreign servers' pg_foreign_data_wrapper:'foreign data wrappers' pg_publication:publications pg_cast:casts \
    pg_operator:operators pg_opfamily:'operator families' pg_conversion:conversions pg_collation:collations pg_proc:functions \
    pg_am:'access methods' pg_language:languages pg_transform:transforms pg_ts_parser:'text search parsers' pg_ts_template:'text search templates'; do
    made_by_somebody "${kind%%:*}" "'${kind#*:}'" ''
    sql="$REPLY, $sql"
  done
  # those within a schema may be declared
  made_by_somebody pg_default_acl "'default privileges'" 'AND defaclnamespace = 0'
  sql="$REPLY, $sql"
  made_by_somebody pg_type "'types'" \
    "AND typelem = 0 AND (typrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = typrelid AND relkind = 'c'))"
  sql="$REPLY, $sql"
  made_by_somebody pg_class "'relations such as ', min(relname)" "AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')"
  query "$1" "SELECT concat_ws(', ', $REPLY, $sql)"
}

# made_by_somebody <catalog> <how its objects are called> <condition>
made_by_somebody() {
  REPLY="(SELECT concat(count(*), ' ', $2) FROM $1 o WHERE oid >= 16384 $3 AND NOT EXISTS (SELECT FROM pg_depend
      WHERE classid = '$1'::regclass AND objid = o.oid AND deptype IN ('e', 'i')) HAVING count(*) > 0)"
}

# rows_of_extensions <database>: rows that stand in tables of extensions and are in every dump, such as the jobs of pg_cron. Each table
# has a condition of its extension, which leaves out what the extension itself brings. In REPLY, as an expression.
rows_of_extensions() {
  query "$1" "SELECT string_agg(format(E'SELECT %1\$L::text WHERE EXISTS (SELECT FROM ONLY %1\$s %2\$s\n)', relation::regclass, condition),
      ' UNION ALL ')
    FROM pg_extension, unnest(extconfig, extcondition) AS x (relation, condition) JOIN pg_class c ON c.oid = relation
    WHERE relkind = 'r'" || return 1
  REPLY=NULL
  [[ -z ${fields[0]} ]] || REPLY="(SELECT concat('rows in ', count(*), ' tables of extensions such as ', min(relation))
      FROM (${fields[0]}) AS x (relation) HAVING count(*) > 0)"
}
