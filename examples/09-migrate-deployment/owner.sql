-- owner.sql: gives what a role owns in this database, and what the role itself has, to a new role of the same name that is no superuser.
-- The old one keeps its number, is renamed to <role>_before and can no longer log in. Run it in each database in which the role owns
-- something, the first time in its own; it may be run again. One transaction but for large objects, of which there may be too many for one.
-- usage: psql -q -U postgres -d DATABASE -v role=ROLE -f owner.sql
\set ON_ERROR_STOP on
\set before :role _before
-- the verifier of the password is copied: no log and no statistics may see it
SET pg_stat_statements.track = none;
SET log_statement = none;
SET log_min_duration_statement = -1;
BEGIN;
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'before') AS first \gset
\if :first
SELECT format('ALTER ROLE %I RENAME TO %I', :'role', :'before') \gexec
SELECT format('ALTER ROLE %I NOLOGIN', :'before') \gexec
SELECT format('CREATE ROLE %I LOGIN', :'role') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'role', rolpassword)
  FROM pg_authid WHERE rolname = :'before' AND rolpassword LIKE 'SCRAM-SHA-256$%' \gexec
SELECT format('ALTER ROLE %I CONNECTION LIMIT %s', :'role', rolconnlimit) FROM pg_roles WHERE rolname = :'before' AND rolconnlimit <> -1 \gexec
SELECT format('ALTER ROLE %I VALID UNTIL %L', :'role', rolvaliduntil) FROM pg_roles WHERE rolname = :'before' AND rolvaliduntil IS NOT NULL \gexec
-- Its settings. A list is stored as its elements, each perhaps in double quotes, and set from them.
WITH said AS (
  SELECT datname, split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
    FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase, unnest(setconfig) AS setting
   WHERE rolname = :'before'
), taken AS (
  SELECT datname, name, CASE WHEN name NOT IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
    THEN quote_literal(value)
    ELSE (SELECT string_agg(quote_literal(CASE WHEN m[1] LIKE '"%' THEN replace(substr(m[1], 2, length(m[1]) - 2), '""', '"') ELSE m[1] END), ', ')
            FROM regexp_matches(value, '"(?:[^"]|"")*"|[^",\s][^,\s]*', 'g') AS m) END AS value
    FROM said
)
SELECT format('ALTER ROLE %I %sSET %I TO %s', :'role', CASE WHEN datname IS NOT NULL THEN format('IN DATABASE %I ', datname) END, name, value)
  FROM taken WHERE value IS NOT NULL \gexec
-- Its memberships. Whoever is a member of it must not stay one of a superuser.
WITH members AS (
  SELECT g.rolname AS of, r.rolname AS who, admin_option, CASE WHEN current_setting('server_version_num')::int < 160000
         THEN CASE WHEN admin_option THEN ' WITH ADMIN OPTION' ELSE '' END
         ELSE format(' WITH ADMIN %s, INHERIT %s, SET %s', to_json(admin_option), to_json(m) ->> 'inherit_option', to_json(m) ->> 'set_option') END AS options
    FROM pg_auth_members m JOIN pg_roles g ON g.oid = roleid JOIN pg_roles r ON r.oid = member
)
SELECT format('GRANT %I TO %I%s', CASE of WHEN :'before' THEN :'role' ELSE of END, CASE who WHEN :'before' THEN :'role' ELSE who END, options)
  FROM members WHERE :'before' IN (of, who) ORDER BY admin_option \gexec
SELECT format('REVOKE %I FROM %I', :'before', r.rolname)
       || CASE WHEN current_setting('server_version_num')::int >= 160000 THEN format(' GRANTED BY %s CASCADE', grantor::regrole) ELSE '' END
  FROM pg_auth_members m JOIN pg_roles g ON g.oid = roleid JOIN pg_roles r ON r.oid = member WHERE g.rolname = :'before' \gexec
\endif
SELECT format('ALTER DATABASE %I OWNER TO %I', datname, :'role')
  FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE datname = current_database() AND rolname = :'before' \gexec
-- What it makes from now on gets the privileges that it had set for that.
WITH own AS (
  SELECT defaclrole, defaclacl, defaclnamespace, defaclobjtype,
         CASE WHEN defaclnamespace = 0 THEN acldefault(CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole) END AS usual
    FROM pg_default_acl JOIN pg_roles r ON r.oid = defaclrole WHERE rolname = :'before'
), changes AS (
  SELECT 1 AS turn, 'REVOKE' AS verb, 'FROM' AS preposition, own.*, a.grantee, a.privilege_type, false AS is_grantable
    FROM own, aclexplode(usual) a WHERE NOT EXISTS (
      SELECT FROM aclexplode(defaclacl) b WHERE (b.grantee, b.privilege_type) = (a.grantee, a.privilege_type))
  UNION ALL
  SELECT 2, 'GRANT', 'TO', own.*, a.grantee, a.privilege_type, a.is_grantable
    FROM own, aclexplode(defaclacl) a WHERE NOT EXISTS (
      SELECT FROM aclexplode(usual) b WHERE (b.grantee, b.privilege_type, b.is_grantable) = (a.grantee, a.privilege_type, a.is_grantable))
)
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s%s %s ON %s %s %s%s', :'role',
              CASE WHEN defaclnamespace <> 0 THEN format('IN SCHEMA %s ', defaclnamespace::regnamespace) END, verb, privilege_type,
              CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
                WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
              preposition, CASE grantee WHEN 0 THEN 'PUBLIC' WHEN defaclrole THEN quote_ident(:'role') ELSE grantee::regrole::text END,
              CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
  FROM changes ORDER BY turn \gexec
-- What belongs to an extension, and a sequence that belongs to a column, go with what they belong to.
WITH old AS (SELECT oid FROM pg_roles WHERE rolname = :'before'),
dependent AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'a', 'i') AND refclassid <> 'pg_namespace'::regclass),
extended AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
named AS (
  SELECT 'pg_collation'::regclass AS class, 'COLLATION' AS kind, oid, collnamespace AS schema, collname::text AS name, collowner AS owner
    FROM pg_collation
  UNION ALL SELECT 'pg_conversion'::regclass, 'CONVERSION', oid, connamespace, conname, conowner FROM pg_conversion
  UNION ALL SELECT 'pg_statistic_ext'::regclass, 'STATISTICS', oid, stxnamespace, stxname, stxowner FROM pg_statistic_ext
  UNION ALL SELECT 'pg_ts_config'::regclass, 'TEXT SEARCH CONFIGURATION', oid, cfgnamespace, cfgname, cfgowner FROM pg_ts_config
  UNION ALL SELECT 'pg_ts_dict'::regclass, 'TEXT SEARCH DICTIONARY', oid, dictnamespace, dictname, dictowner FROM pg_ts_dict
),
things AS (
  SELECT 'SCHEMA' AS kind, format('%I', n.nspname) AS name FROM pg_namespace n JOIN ours USING (oid) JOIN old ON nspowner = old.oid
   WHERE NOT EXISTS (SELECT FROM dependent WHERE classid = 'pg_namespace'::regclass AND objid = n.oid)
  UNION ALL
  SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
         format('%I.%I', nspname, relname)
    FROM pg_class c JOIN ours ON ours.oid = relnamespace JOIN old ON relowner = old.oid
   WHERE relkind IN ('r', 'p', 'S', 'v', 'm', 'f')
     AND NOT EXISTS (SELECT FROM dependent WHERE classid = 'pg_class'::regclass AND objid = c.oid AND relkind <> 'p' AND NOT c.relispartition)
  UNION ALL
  SELECT 'ROUTINE', p.oid::regprocedure::text FROM pg_proc p JOIN ours ON ours.oid = pronamespace JOIN old ON proowner = old.oid
   WHERE NOT EXISTS (SELECT FROM dependent WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
  UNION ALL
  SELECT 'TYPE', t.oid::regtype::text
    FROM pg_type t JOIN ours ON ours.oid = typnamespace JOIN old ON typowner = old.oid LEFT JOIN pg_class c ON c.oid = typrelid
   WHERE typtype IN ('e', 'd', 'r', 'c') AND (typrelid = 0 OR c.relkind = 'c')
     AND NOT EXISTS (SELECT FROM dependent WHERE classid = 'pg_type'::regclass AND objid = t.oid)
  UNION ALL
  SELECT 'OPERATOR', o.oid::regoperator::text FROM pg_operator o JOIN ours ON ours.oid = oprnamespace JOIN old ON oprowner = old.oid
   WHERE NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_operator'::regclass AND objid = o.oid)
  UNION ALL
  SELECT kind, format('%I.%I', nspname, name) FROM named JOIN ours ON ours.oid = schema JOIN old ON owner = old.oid
   WHERE NOT EXISTS (SELECT FROM extended WHERE classid = class AND objid = named.oid)
  UNION ALL
  SELECT 'SERVER', quote_ident(srvname) FROM pg_foreign_server s JOIN old ON srvowner = old.oid
   WHERE NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_foreign_server'::regclass AND objid = s.oid)
  UNION ALL
  -- one for all tables can only be a superuser's
  SELECT 'PUBLICATION', quote_ident(pubname) FROM pg_publication p JOIN old ON pubowner = old.oid
   WHERE NOT puballtables AND NOT EXISTS (SELECT FROM pg_publication_namespace WHERE pnpubid = p.oid)
)
SELECT format('ALTER %s %s OWNER TO %I', kind, name, :'role') FROM things ORDER BY kind, name \gexec
SELECT format('CREATE USER MAPPING FOR %I SERVER %I', :'role', srvname) || coalesce(' OPTIONS (' || (
         SELECT string_agg(format('%I %L', option_name, option_value), ', ') FROM pg_options_to_table(umoptions)) || ')', '')
  FROM pg_user_mappings m WHERE usename = :'before'
   AND NOT EXISTS (SELECT FROM pg_user_mappings o WHERE (o.srvid, o.usename) = (m.srvid, :'role')) \gexec
COMMIT;
SELECT format('ALTER LARGE OBJECT %s OWNER TO %I', l.oid, :'role')
  FROM pg_largeobject_metadata l JOIN pg_roles r ON r.oid = lomowner WHERE rolname = :'before' \gexec
