import { Cron } from 'cdk8s';
import { change, describePod, OWNER_PASSWORD, Program } from './declared-fixture';
import { canLogIn, servingAgain, sql, state } from './fixture';
import { Backup, Privilege, RolePassword, TablePrivilege } from '../../src';
import { Pod, temporaryClaim } from '../support/pod';
import { Server, server, servers } from '../support/servers';

jest.setTimeout(180_000);
const one = server(17);

/** What would hurt if it were read as SQL, as a command of psql, as a format, as a list of tabs or as a connection string. */
const HOSTILE = ['it\'s "x"; DROP ROLE app; --', 'back\\slash \\q \\! id', '%s %I %%', 'host=nowhere dbname=x', ':name :"name" $1', 'żółć🔑', 'public', 'all'];

async function start(postgres: Server, program: Program, claim?: string): Promise<Pod> {
  const pod = await Pod.start(describePod(postgres, program, claim));
  await state(pod, 'running');
  await pod.waitForLog('applied the declared');
  return pod;
}

/** Waits for a sentence of the log that comes after what `act` does. */
async function told(pod: Pod, act: () => void, sentence: string | RegExp): Promise<string> {
  const before = pod.logs().length;
  act();
  await pod.waitFor(() => new RegExp(sentence).test(pod.logs().slice(before)), { timeout: 90_000, what: `${sentence} in the log` });
  return pod.logs().slice(before);
}

const ALL_THERE = 'everything that is declared inside the databases is there';

/** Every row of the catalogue that declarations write, with the transaction that wrote it. */
async function written(pod: Pod): Promise<string> {
  const shared = await sql(pod, `
SELECT 'role', oid::text, xmin::text FROM pg_authid WHERE rolpassword IS NULL UNION ALL SELECT 'member', roleid || ' ' || member, xmin::text FROM pg_auth_members
UNION ALL SELECT 'database', oid::text, xmin::text FROM pg_database ORDER BY 1, 2, 3`);
  const own = await Promise.all(['app', 'archive'].map((database) => sql(pod, `
SELECT 'schema', oid::text, xmin::text FROM pg_namespace UNION ALL SELECT 'class', oid::text, xmin::text FROM pg_class WHERE relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
UNION ALL SELECT 'default', oid::text, xmin::text FROM pg_default_acl UNION ALL SELECT 'extension', oid::text, xmin::text FROM pg_extension ORDER BY 1, 2, 3`, database)));
  return [shared, ...own].join('\n');
}

const PROGRAM: Program = {
  props: { extensions: ['plpgsql'] },
  declared: {
    databases: { archive: { schemas: ['old'] } },
    roles: {
      staff: { login: false, privileges: [Privilege.readOnly(), Privilege.readOnly({ database: 'archive', schema: 'old' })] },
      clerk: { memberOf: ['staff', 'pg_monitor'], connectionLimit: 3, password: RolePassword.fromSecretName('clerk') },
      writer: { password: RolePassword.fromSecretName('writer', 'pw'), privileges: [Privilege.readWrite(), Privilege.create({ database: 'archive', schema: 'old' })] },
    },
  },
  secrets: { clerk: { password: 'clerk-secret' }, writer: { pw: 'writer-secret' } },
};

test.each(servers)('%s makes declared roles, databases, schemas and privileges, and applying again writes nothing', async (postgres) => {
  const claim = temporaryClaim();
  const pod = await start(postgres, PROGRAM, claim);
  expect(await canLogIn(pod, 'clerk', 'clerk-secret')).toBe(true);
  expect(await canLogIn(pod, 'writer', 'writer-secret')).toBe(true);
  expect(await canLogIn(pod, 'staff', '')).toBe(false);
  expect(await sql(pod, "SELECT rolconnlimit, pg_has_role('clerk', 'staff', 'USAGE'), pg_has_role('clerk', 'pg_monitor', 'USAGE') FROM pg_roles WHERE rolname = 'clerk'"))
    .toBe('3|t|t');
  // what the owner makes now is read by those who may
  await sql(pod, 'SET ROLE app; CREATE TABLE orders (n int); CREATE SEQUENCE numbers; INSERT INTO orders VALUES (1)', 'app');
  expect(await sql(pod, 'SET ROLE clerk; SELECT n FROM orders', 'app')).toBe('SET\n1');
  await expect(sql(pod, 'SET ROLE clerk; INSERT INTO orders VALUES (2)', 'app')).rejects.toThrow('permission denied');
  expect(await sql(pod, "SET ROLE writer; UPDATE orders SET n = 2; DELETE FROM orders; SELECT nextval('numbers')", 'app')).toMatch(/1$/);
  expect(await sql(pod, 'SET ROLE writer; CREATE TABLE old.made (n int)', 'archive')).toContain('CREATE TABLE');
  // a table that somebody else than the owner has made: applied to what is there
  await sql(pod, 'CREATE TABLE foreign_one (n int)', 'app');
  await pod.stop();
  await servingAgain(pod);
  // the databases one after the other, each role's privileges by a statement of their own: the round is over with the last of each
  await pod.waitFor(async () => await sql(pod, "SELECT has_table_privilege('writer', 'foreign_one', 'DELETE')", 'app') === 't', { what: 'the privileges' });
  await pod.waitFor(async () => await sql(pod, "SELECT has_table_privilege('staff', 'old.made', 'SELECT')", 'archive') === 't', { what: 'the privilege in the archive' });
  expect(await sql(pod, "SELECT has_table_privilege('clerk', 'foreign_one', 'SELECT')", 'app')).toBe('t');
  const before = await written(pod);
  for (let times = 0; times < 3; times += 1) {
    const applied = await told(pod, () => change(pod, postgres, PROGRAM), 'applied the declared');
    expect(applied).not.toMatch(/ERROR|WARNING/);
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await written(pod)).toBe(before);
  await pod.end();
});

test.each(servers)('%s brings back what drifted, and takes nothing away that somebody else granted', async (postgres) => {
  const pod = await start(postgres, PROGRAM);
  await sql(pod, `
ALTER ROLE clerk NOLOGIN CONNECTION LIMIT 99; REVOKE staff FROM clerk; ALTER ROLE staff LOGIN; ALTER ROLE writer CREATEDB;
CREATE ROLE friend; GRANT friend TO clerk; REVOKE CONNECT ON DATABASE app FROM PUBLIC`);
  await sql(pod, 'DROP OWNED BY staff CASCADE; DROP SCHEMA old CASCADE', 'archive');
  await sql(pod, 'CREATE TABLE extra (n int); GRANT TRUNCATE ON extra TO clerk', 'app');
  await told(pod, () => change(pod, postgres, PROGRAM), 'applied the declared');
  await pod.waitFor(async () => await sql(pod, "SELECT has_database_privilege('staff', 'app', 'CONNECT')") === 't', { what: 'the privilege to connect' });
  expect(await sql(pod, "SELECT rolcanlogin, rolconnlimit, pg_has_role('clerk', 'staff', 'USAGE'), pg_has_role('clerk', 'friend', 'USAGE') FROM pg_roles WHERE rolname = 'clerk'"))
    .toBe('t|3|t|t');
  expect(await sql(pod, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'staff'")).toBe('f');
  expect(await sql(pod, "SELECT rolcreatedb FROM pg_roles WHERE rolname = 'writer'")).toBe('t');
  await pod.waitFor(async () => await sql(pod, "SELECT count(*) FROM pg_namespace WHERE nspname = 'old'", 'archive') === '1', { what: 'the schema' });
  await pod.waitFor(async () => await sql(pod, "SELECT has_schema_privilege('staff', 'old', 'USAGE')", 'archive') === 't', { what: 'the privilege' });
  expect(await sql(pod, "SELECT has_table_privilege('clerk', 'extra', 'TRUNCATE')", 'app')).toBe('t');
  await pod.end();
});

test.each(servers)('%s takes hostile names of roles, databases, schemas and tables for names', async (postgres) => {
  const names = HOSTILE.filter((name) => !['public', 'all'].includes(name));
  const declared = {
    databases: Object.fromEntries(names.map((name) => [name, { schemas: [name, ' x'] }])),
    roles: Object.fromEntries(names.map((name) => [name, {
      memberOf: name === names[0] ? [] : [names[0]],
      privileges: [
        Privilege.readWrite({ database: name, schema: name }), Privilege.create({ database: name, schema: name }), Privilege.create({ database: name, schema: ' x' }),
        Privilege.onTable(name, [TablePrivilege.SELECT]),
      ],
    }])),
  };
  const pod = await start(postgres, { declared });
  // beside them the owner and the replicator
  expect(await sql(pod, 'SELECT count(*) FROM pg_roles WHERE oid >= 16384')).toBe(String(names.length + 2));
  const [first] = names;
  const quoted = (name: string) => `"${name.replace(/"/g, '""')}"`;
  // told of every table that is not there yet, and granted when it comes
  await pod.waitForLog(`there is no table "public".${quoted(first)} yet`);
  for (const name of names) await sql(pod, `CREATE TABLE public.${quoted(name)} (n int)`, 'app');
  await told(pod, () => undefined, ALL_THERE);
  for (const name of names) {
    expect(await sql(pod, `SET ROLE ${quoted(name)}; SELECT count(*) FROM public.${quoted(name)}`, 'app')).toBe('SET\n0');
    const conninfo = `dbname='${name.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
    expect(await sql(pod, `SET ROLE ${quoted(name)}; CREATE TABLE ${quoted(name)}.t (n int); SELECT current_database()`, conninfo)).toBe(`SET\nCREATE TABLE\n${name}`);
  }
  await pod.end();
});

test.each(servers)('%s tells of an extension that the image lacks, makes everything else, and serves', async (postgres) => {
  const there = postgres.can.contrib ? ['pg_trgm', 'pg_stat_statements'] : [];
  const pod = await start(postgres, {
    props: { extensions: ['nonsense', 'pg_cron', ...there] },
    declared: { databases: { archive: { extensions: ['timescaledb', ...there], schemas: ['s'] } } },
  });
  const log = pod.logs();
  expect(log).toContain('in the database app: the image has no extension "nonsense": the database "app" goes without it');
  expect(log).toContain('in the database archive: the image has no extension "timescaledb"');
  expect(log).toContain('the image has no library pg_cron, which the extension pg_cron needs: the server starts without it');
  expect(log).toContain('the image has no library timescaledb');
  for (const database of ['app', 'archive']) {
    expect(await sql(pod, "SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension WHERE extname <> 'plpgsql'", database)).toBe([...there].sort().join(','));
  }
  expect(await sql(pod, 'SHOW shared_preload_libraries')).toBe(there.includes('pg_stat_statements') ? 'pg_stat_statements' : '');
  if (there.length > 0) expect(await sql(pod, 'SELECT count(*) > 0 FROM pg_stat_statements', 'app')).toBe('t');
  expect(await sql(pod, "SELECT count(*) FROM pg_namespace WHERE nspname = 's'", 'archive')).toBe('1');
  // once, although it is tried again
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(pod.logs().match(/no extension "nonsense"/g)!.length).toBeLessThanOrEqual(2);
  expect(await canLogIn(pod, 'app', OWNER_PASSWORD)).toBe(true);
  await pod.end();
});

test('a password of a role is followed, missing and bad ones are told and change nothing', async () => {
  const declared = { roles: { clerk: { password: RolePassword.fromSecretName('clerk') } } };
  const pod = await start(one, { declared });
  expect(pod.logs()).toContain('role clerk keeps the password it has: the Secret clerk has no key password');
  expect(await canLogIn(pod, 'clerk', '')).toBe(false);
  for (const password of ['first', 'it\'s "$HOME" \\ żółć #', '-W']) {
    await told(pod, () => change(pod, one, { declared, secrets: { clerk: { password } } }), 'applied the declared');
    expect([password, await canLogIn(pod, 'clerk', password)]).toEqual([password, true]);
  }
  for (const [password, sentence] of [['', 'is empty'], ['x\n', 'holds a line break']]) {
    await told(pod, () => change(pod, one, { declared, secrets: { clerk: { password } } }), `the Secret clerk's key password ${sentence}`);
    expect(await canLogIn(pod, 'clerk', '-W')).toBe(true);
  }
  expect(pod.logs()).not.toContain('żółć');
});

test('roles and databases that are declared later reach the running server', async () => {
  const pod = await start(one, {});
  const began = await sql(pod, 'SELECT pg_postmaster_start_time()');
  await told(pod, () => change(pod, one, { declared: { databases: { archive: {} }, roles: { clerk: { privileges: [Privilege.create({ database: 'archive' })] } } } }), 'applied the declared');
  await pod.waitFor(async () => await sql(pod, "SELECT has_schema_privilege('clerk', 'public', 'CREATE')", 'archive') === 't', { what: 'the privilege' });
  expect(await sql(pod, "SET ROLE clerk; CREATE TABLE public.t (); SELECT 'made'", 'archive')).toBe('SET\nCREATE TABLE\nmade');
  await pod.waitForLog('reloaded the configuration');
  const inside = await pod.exec(['psql', '-XAt', '-U', 'clerk', '-d', 'archive', '-c', 'SELECT current_user']);
  expect(inside.stdout).toBe('clerk\n');
  expect(await sql(pod, 'SELECT pg_postmaster_start_time()')).toBe(began);
});

test('a database whose declared owner changes stays with the one that it has, and that is told until somebody changes it by hand', async () => {
  const declaring = (owner: string): Program => ({ declared: { databases: { 'archive "x"': { owner } }, roles: { one: {}, two: {} } } });
  const pod = await start(one, declaring('one'));
  expect(pod.logs()).not.toContain('belongs to');
  const name = '"archive ""x"""';
  const sentence = `the database ${name} belongs to one, declared is two: it stays as it is, ALTER DATABASE ${name} OWNER TO two changes it`;
  expect(await told(pod, () => change(pod, one, declaring('two')), 'applied the declared')).toContain(sentence);
  expect(await sql(pod, "SELECT datdba::regrole FROM pg_database WHERE datname LIKE 'archive%'")).toBe('one');
  await sql(pod, `ALTER DATABASE ${name} OWNER TO two`);
  expect(await told(pod, () => change(pod, one, declaring('two')), 'applied the declared')).not.toContain('belongs to');
  await pod.end();
});

test('superusers beside postgres that have a password are named once, and the restore role of the program is none of them', async () => {
  const program: Program = { props: { backups: [Backup.logical({ schedule: Cron.daily() })] } };
  const pod = await start(one, program);
  expect(pod.logs()).not.toContain('are superusers');
  await sql(pod, `
CREATE ROLE "Old one" LOGIN SUPERUSER PASSWORD 'x'; CREATE ROLE admin LOGIN SUPERUSER PASSWORD 'x'; CREATE ROLE closed SUPERUSER PASSWORD 'x';
CREATE ROLE without LOGIN SUPERUSER; CREATE ROLE expired LOGIN SUPERUSER PASSWORD 'x' VALID UNTIL '2000-01-01'; ALTER ROLE restore PASSWORD 'x'`);
  const again = (): Promise<string> => told(pod, () => change(pod, one, program), 'applied the declared');
  expect(await again()).toContain('these roles are superusers and can log in over the network, unlike postgres: "Old one", admin; docs/runbooks/roles.md');
  expect(await again()).not.toContain('are superusers');
  await sql(pod, 'ALTER ROLE admin NOSUPERUSER');
  expect(await again()).toContain('unlike postgres: "Old one"; ');
  await pod.end();
});
