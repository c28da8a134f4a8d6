-- owner.sql: gives everything that a role owns in this database to a new role of the same name that is no superuser. The old
-- one keeps its number, is renamed to <role>_before and can no longer log in. One transaction: all of it or nothing.
-- usage: psql -U postgres -d DATABASE -v role=ROLE -f owner.sql
\set ON_ERROR_STOP on
-- the verifier of the password is copied: no log and no statistics may see it
SET pg_stat_statements.track = none;
SET log_statement = none;
SET log_min_duration_statement = -1;
BEGIN;
SELECT format('ALTER ROLE %I RENAME TO %I', :'role', :'role' || '_before') \gexec
SELECT format('ALTER ROLE %I NOLOGIN', :'role' || '_before') \gexec
SELECT format('CREATE ROLE %I LOGIN', :'role') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'role', rolpassword)
  FROM pg_authid WHERE rolname = :'role' || '_before' AND rolpassword LIKE 'SCRAM-SHA-256$%' \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', current_database(), :'role') \gexec
-- What belongs to an extension, and a sequence that belongs to a column, go with what they belong to.
WITH old AS (SELECT oid FROM pg_roles WHERE rolname = :'role' || '_before'),
dependent AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'a', 'i') AND refclassid <> 'pg_namespace'::regclass),
ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
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
)
SELECT format('ALTER %s %s OWNER TO %I', kind, name, :'role') FROM things ORDER BY kind, name \gexec
COMMIT;
