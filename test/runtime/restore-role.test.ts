import { Claim, scripts } from './backup-fixture';
import { canLogIn, credentials, databases, serving, sql } from './fixture';
import { databasesScript, passwordFiles, rolesScript } from '../../src/postgres/declared-objects';
import type { Pod } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(120_000);

const roles = [
  { name: 'postgres', kind: 'superuser' as const, passwordFile: 'superuser-password' },
  { name: 'shop', kind: 'owner' as const, passwordFile: 'password' },
  { name: 'backup', kind: 'backup' as const, passwordFile: 'backup-password' },
  { name: 'restore', kind: 'restore' as const, passwordFile: 'restore-password' },
];
const folder = '/etc/cdk8s-postgres/credentials';
const withKey = { ...credentials, 'backup-password': 'dumps', 'restore-password': 'opens' };
const withoutKey = { ...credentials, 'backup-password': 'dumps' };

test('the key restore-password of the Secret opens the door to the role and its removal closes it, in the running server', async () => {
  const pod = await serving(server(17), {
    databases: { ...databases, 'roles.sql': rolesScript(roles), 'passwords': passwordFiles(roles) }, credentials: withoutKey,
  });
  await pod.waitForLog('applied the declared roles, passwords and databases');
  expect(pod.logs()).not.toContain('restore keeps the password');
  const state = 'SELECT rolsuper, rolcanlogin, rolpassword IS NULL FROM pg_authid WHERE rolname = \'restore\'';
  expect(await sql(pod, state)).toBe('t|t|t');
  expect(await canLogIn(pod, 'restore', '')).toBe(false);
  pod.update(folder, withKey);
  await pod.waitFor(() => canLogIn(pod, 'restore', 'opens'), { what: 'a login as restore' });
  pod.update(folder, withoutKey);
  await pod.waitFor(async () => (await sql(pod, state)) === 't|t|t', { what: 'a role without a password' });
  expect(await canLogIn(pod, 'restore', 'opens')).toBe(false);
  expect(await canLogIn(pod, 'backup', 'dumps')).toBe(true);
  await pod.end();
});

/** A pod in which the role may log in. */
async function opened(withRoles: typeof roles = roles): Promise<Pod> {
  const pod = await serving(server(17), {
    databases: { ...databases, 'roles.sql': rolesScript(withRoles), 'passwords': passwordFiles(withRoles) }, credentials: withKey,
  });
  await pod.waitFor(() => canLogIn(pod, 'restore', 'opens'), { what: 'a login as restore' });
  return pod;
}

test.each([
  ['', 'is empty'],
  ['opens\n', 'holds a line break (perhaps only at its end), which no password can'],
])('a restore-password of %j closes the role as its removal does, is told, and ends its sessions', async (password, problem) => {
  const pod = await opened();
  const session = pod.exec(['psql', '-X', '-h', '127.0.0.1', '-U', 'restore', '-d', 'postgres', '-c', 'SELECT pg_sleep(60)'], { env: { PGPASSWORD: 'opens' } });
  const sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'restore'";
  await pod.waitFor(async () => (await sql(pod, sessions)) === '1', { what: 'a session of restore' });
  pod.update(folder, { ...withKey, 'restore-password': password });
  await pod.waitForLog(`role restore is closed: the Secret's key restore-password ${problem}`);
  expect((await session).stderr).toContain('terminating connection due to administrator command');
  expect(await canLogIn(pod, 'restore', 'opens')).toBe(false);
  expect(await sql(pod, sessions)).toBe('0');
  await pod.end();
});

test('where the backups are no longer declared the role is closed although the Secret keeps its key', async () => {
  const pod = await opened();
  const without = roles.slice(0, 2);
  pod.update('/etc/cdk8s-postgres/databases', { ...databases, 'roles.sql': rolesScript(without), 'passwords': passwordFiles(without) });
  await pod.waitFor(async () => !await canLogIn(pod, 'restore', 'opens'), { what: 'a role without a password' });
  await sql(pod, 'ALTER ROLE restore PASSWORD \'again\'');
  pod.update(folder, { ...withKey, password: 'shop-secret-2' });
  await pod.waitFor(async () => !await canLogIn(pod, 'restore', 'again'), { what: 'a role that is closed again' });
  await pod.end();
});

test('a program that never had backups has no such role, and nothing is told about it', async () => {
  const without = roles.slice(0, 2);
  const pod = await serving(server(17), {
    databases: { ...databases, 'roles.sql': rolesScript(without), 'passwords': passwordFiles(without) }, credentials: withKey,
  });
  await pod.waitForLog('applied the declared roles, passwords and databases');
  expect(await sql(pod, "SELECT count(*) FROM pg_roles WHERE rolname = 'restore'")).toBe('0');
  expect(pod.logs()).not.toMatch(/role "?restore|could not be|ERROR/);
  await pod.end();
});

describe('a role of somebody else', () => {
  const foreign = (role: string) => `the role ${role} was made by somebody else, so it gets neither rights nor the Secret's password and cannot be logged in as: `
    + `rename it, or hand it over: ALTER ROLE ${role} SET cdk8s_postgres.role = '${role}'`;
  const declaredFiles = { ...databases, 'roles.sql': rolesScript(roles), 'databases.sql': databasesScript([{ name: 'shop', owner: 'shop' }], roles), 'passwords': passwordFiles(roles) };
  const state = "SELECT string_agg(concat_ws(' ', rolname, rolsuper, rolbypassrls, rolcanlogin, rolconfig, (SELECT left(rolpassword, 50) FROM pg_authid a WHERE a.oid = r.oid)), ',' ORDER BY rolname),"
    + " pg_has_role('backup', 'pg_read_all_data', 'USAGE'), has_database_privilege('backup', 'shop', 'CONNECT') FROM pg_roles r"
    + " WHERE rolname IN ('backup', 'restore')";

  test.each([
    ['backup', 'LOGIN', 'LOGIN'],
    ['superusers too', 'LOGIN SUPERUSER', 'LOGIN SUPERUSER'],
  ])('gets neither rights nor a password and keeps its own, whatever the Secret says, and is told with the cure (%s)', async (_, backup, restore) => {
    const pod = await serving(server(17));
    await pod.waitForLog('applied the declared roles, passwords and databases');
    await sql(pod, `REVOKE CONNECT ON DATABASE shop FROM PUBLIC; CREATE ROLE backup ${backup} PASSWORD 'mine'; CREATE ROLE restore ${restore} PASSWORD 'mine'`);
    const before = await sql(pod, state);
    for (const secret of [withKey, withoutKey, { ...withKey, 'restore-password': '' }]) {
      const said = pod.logs().length;
      pod.update('/etc/cdk8s-postgres/databases', declaredFiles);
      pod.update(folder, secret);
      await pod.waitFor(() => ['backup', 'restore'].every((role) => pod.logs().slice(said).includes(foreign(role))), { what: 'the sentences' });
      expect(await sql(pod, state)).toBe(before);
    }
    expect([await canLogIn(pod, 'backup', 'mine'), await canLogIn(pod, 'restore', 'mine')]).toEqual([true, true]);
    await pod.end();
  });

  test('is taken over with all rights and the password when a superuser hands it over', async () => {
    const pod = await serving(server(17));
    await pod.waitForLog('applied the declared roles, passwords and databases');
    await sql(pod, "REVOKE CONNECT ON DATABASE shop FROM PUBLIC; CREATE ROLE backup LOGIN; ALTER ROLE backup SET cdk8s_postgres.role = 'backup'");
    pod.update('/etc/cdk8s-postgres/databases', declaredFiles);
    pod.update(folder, withKey);
    await pod.waitFor(async () => /^backup f t t \{.*lo_compat_privileges=on.*\} SCRAM-SHA-256\S*\|t\|t$/.test(await sql(pod, `${state} AND rolname = 'backup'`)), { what: 'all rights' });
    expect(await canLogIn(pod, 'backup', 'dumps')).toBe(true);
    expect(pod.logs()).not.toContain(foreign('backup'));
    await pod.end();
  });

  test.each([
    ['the Secret\'s password', 'dumps', /did not let backup in for 3 s: .*password authentication failed for user "backup"; check/],
    ['the password of that role', 'mine', /the role backup lacks: BYPASSRLS, membership in pg_read_all_data, SET lo_compat_privileges = on; without it a dump would not hold everything/],
  ])('makes a backup fail with its name, with %s', async (_, password, sentence) => {
    const pod = await serving(server(17));
    await pod.waitForLog('applied the declared roles, passwords and databases');
    await sql(pod, "CREATE ROLE backup LOGIN PASSWORD 'mine'");
    pod.update('/etc/cdk8s-postgres/databases', declaredFiles);
    pod.update(folder, withKey);
    await pod.waitForLog(foreign('backup'));
    const files = scripts((text) => text.replace('server_wait_seconds=120', 'server_wait_seconds=3'));
    const { status, last } = await new Claim().run({ server: server(17), pod }, { files, credentials: { 'backup-password': password } });
    expect([status, last]).toEqual([1, expect.stringMatching(sentence)]);
    await pod.end();
  });

  test('of a program that declares no backups is not even told', async () => {
    const pod = await serving(server(17));
    await pod.waitForLog('applied the declared roles, passwords and databases');
    await sql(pod, "CREATE ROLE restore LOGIN SUPERUSER PASSWORD 'mine'");
    const said = pod.logs().length;
    pod.update('/etc/cdk8s-postgres/databases', { ...databases, 'roles.sql': rolesScript(roles.slice(0, 2)), 'passwords': passwordFiles(roles.slice(0, 2)) });
    await pod.waitFor(() => pod.logs().slice(said).includes('applied the declared roles'), { what: 'the sentence' });
    expect(pod.logs().slice(said)).not.toContain('the role restore was made by somebody else');
    expect(await canLogIn(pod, 'restore', 'mine')).toBe(true);
    await pod.end();
  });
});

test.each(servers)('%s lets nobody but a superuser write what the roles of the Jobs are known by', async (postgres) => {
  const pod = await serving(postgres);
  await sql(pod, 'CREATE ROLE maker LOGIN CREATEROLE');
  const forge = (name: string) => sql(pod, `SET SESSION AUTHORIZATION maker; CREATE ROLE ${name} LOGIN; ALTER ROLE ${name} SET cdk8s_postgres.role = '${name}'`);
  await expect(forge('backup')).rejects.toThrow('permission denied to set parameter "cdk8s_postgres.role"');
  const own = sql(pod, "SET SESSION AUTHORIZATION maker; SET cdk8s_postgres.role = 'maker'; ALTER ROLE maker SET cdk8s_postgres.role = 'maker'");
  await expect(own).rejects.toThrow('permission denied to set parameter "cdk8s_postgres.role"');
  await pod.end();
});
