import { canLogIn, credentials, databases, serving, sql } from './fixture';
import { passwordFiles, rolesScript } from '../../src/postgres/declared-objects';
import type { Pod } from '../support/pod';
import { server } from '../support/servers';

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

test('a role of that name that somebody else made gets neither rights nor a password, and keeps its own', async () => {
  const pod = await serving(server(17));
  await pod.waitForLog('applied the declared roles, passwords and databases');
  await sql(pod, 'CREATE ROLE restore LOGIN PASSWORD \'mine\'');
  const alone = 'the role restore is no superuser, so it is somebody else\'s and is left alone';
  pod.update('/etc/cdk8s-postgres/databases', { ...databases, 'roles.sql': rolesScript(roles), 'passwords': passwordFiles(roles) });
  await pod.waitForLog(alone);
  for (const secret of [withKey, withoutKey, { ...withKey, 'restore-password': '' }]) {
    const before = pod.logs().length;
    pod.update(folder, secret);
    await pod.waitFor(() => pod.logs().slice(before).includes(alone), { what: 'the sentence' });
    expect(await sql(pod, "SELECT rolsuper FROM pg_roles WHERE rolname = 'restore'")).toBe('f');
    expect(await canLogIn(pod, 'restore', 'mine')).toBe(true);
  }
  await pod.end();
});
