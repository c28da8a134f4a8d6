import { canLogIn, configuration, credentials, databases, hba, serving, sql } from './fixture';
import { Pod, temporaryClaim } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(180_000);
const one = server(17);

async function applied(pod: Pod, change: () => void, text: string | RegExp = 'applied the declared'): Promise<string> {
  const before = pod.logs().length;
  change();
  const rest = () => pod.logs().slice(before);
  await pod.waitFor(() => (typeof text === 'string' ? rest().includes(text) : text.test(rest())), { what: String(text) });
  return rest();
}

/** The agent that serves now, once it has nothing to do. */
async function settled(pod: Pod): Promise<number> {
  await pod.waitForLog('reloaded the configuration');
  return pod.processes().find(({ command }) => command[1]?.endsWith('agent.sh') && command[0] === 'bash')!.pid;
}

const hostile = [
  "it's", 'say "yes"', 'back\\slash', '$HOME $(id) `id`', 'a:b@c/d?e=f&g', '%41%', '  blanks  ', 'żółć🔑ñ', 'x'.repeat(200), '-W', '--help', '\\q', "'; DROP ROLE shop; --", '\t tab', '#',
];

test.each(servers)('%s takes over hostile passwords from a changed Secret, without a restart', async (postgres) => {
  const pod = await serving(postgres);
  await settled(pod);
  const began = await sql(pod, 'SELECT pg_postmaster_start_time()');
  for (const password of postgres === one ? hostile : hostile.slice(0, 5)) {
    await applied(pod, () => pod.update(`${configuration}/credentials`, { ...credentials, password }));
    expect([password, await canLogIn(pod, 'shop', password)]).toEqual([password, true]);
    expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(false);
  }
  expect(await sql(pod, 'SELECT pg_postmaster_start_time()')).toBe(began);
  await pod.end();
});

test('an empty password or one with a line break is refused with a sentence that names the key, the others are applied', async () => {
  const pod = await serving(one);
  await settled(pod);
  for (const [wrong, sentence] of [
    ['', "role shop keeps the password it has: the Secret's key password is empty"],
    ['ends\n', "the Secret's key password holds a line break (perhaps only at its end)"],
    ['two\nlines', "the Secret's key password holds a line break"],
    ['carriage\r', "the Secret's key password holds a line break"],
    ['zero\0byte', "the Secret's key password holds a zero byte"],
  ]) {
    const other = `super-${Math.random()}`;
    const log = await applied(pod, () => pod.update(`${configuration}/credentials`, { 'password': wrong, 'superuser-password': other }));
    expect(log).toContain(sentence);
    expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(true);
    expect(await canLogIn(pod, 'postgres', other)).toBe(true);
  }
  const missing = await applied(pod, () => pod.update(`${configuration}/credentials`, { username: 'somebody' }));
  expect(missing).toContain("the Secret's key username is not exactly the declared owner, shop");
  expect(missing).toContain('role shop keeps the password it has: the Secret has no key password');
});

test('roles and databases with hostile names are made when they are declared later', async () => {
  const pod = await serving(one);
  await settled(pod);
  const role = 'we "quote" \\ it\'s :x $y żółć';
  const quoted = `"${role.replace(/"/g, '""')}"`;
  const literal = `E'${role.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
  await applied(pod, () => pod.update(`${configuration}/databases`, {
    'roles.sql': `SELECT E'CREATE ROLE ${quoted.replace(/\\/g, '\\\\').replace(/'/g, "''")} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal})\\gexec\n`,
    'databases.sql': databases['databases.sql'].toString().replace(/shop/g, 'second').replace('OWNER "second"', 'OWNER "shop"'),
    'passwords': `${role}\tpassword\nshop\tpassword\n`,
  }));
  expect(await canLogIn(pod, role, 'shop-secret')).toBe(true);
  expect(await sql(pod, 'SELECT current_database()', 'second')).toBe('second');
});

test('declared SQL that fails is told and tried again until it works', async () => {
  const pod = await serving(one);
  await settled(pod);
  await applied(pod, () => pod.update(`${configuration}/databases`, { ...databases, 'databases.sql': 'CREATE DATABASE late OWNER late;' }), 'could be applied; it is tried again');
  const log = await applied(pod, () => undefined, 'could be applied; it is tried again');
  expect(log).toContain('role "late" does not exist');
  await sql(pod, 'CREATE ROLE late');
  await applied(pod, () => undefined);
  expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(true);
});

test.each(servers)('%s takes over changed settings and access rules, and tells what waits for a restart', async (postgres) => {
  const pod = await serving(postgres);
  await settled(pod);
  await applied(pod, () => pod.update(`${configuration}/reload`, { 'reload.conf': "work_mem = '7MB'\nmax_connections = 61\n" }), 'these settings wait for a restart: max_connections');
  expect(await sql(pod, 'SHOW work_mem')).toBe('7MB');
  await applied(pod, () => pod.update(`${configuration}/access`, { 'pg_hba.conf': `host all shop all reject\n${hba}`, 'pg_ident.conf': 'pod postgres postgres\n' }), 'reloaded');
  await pod.waitFor(async () => !await canLogIn(pod, 'shop', 'shop-secret'));
  expect(await canLogIn(pod, 'postgres', 'super-secret')).toBe(true);
  await pod.end();
});

test.each(servers)('%s keeps its configuration when the changed one is faulty, and says why', async (postgres) => {
  const pod = await serving(postgres);
  await settled(pod);
  const faulty = 'is faulty and not loaded, the server keeps the one it has: ';
  const value = await applied(pod, () => pod.update(`${configuration}/reload`, { 'reload.conf': "work_mem = '9MB'\nrandom_page_cost = many\n" }), faulty);
  expect(value).toMatch(/not loaded, the server keeps the one it has: \S*reload.conf line 2: random_page_cost: setting could not be applied$/m);
  const syntax = await applied(pod, () => pod.update(`${configuration}/reload`, { 'reload.conf': "work_mem = '9MB'\n= oops\n" }), faulty);
  expect(syntax).toMatch(/reload.conf line 2: syntax error/);
  expect(await sql(pod, 'SHOW work_mem')).toBe('4MB');
  const ident = 'pod postgres postgres\n';
  const access = await applied(pod, () => {
    pod.update(`${configuration}/reload`, { 'reload.conf': "work_mem = '9MB'\n" });
    pod.update(`${configuration}/access`, { 'pg_hba.conf': `${hba}\nhost all all all nonsense\n`, 'pg_ident.conf': ident });
  }, /faulty and not loaded, .*pg_hba.conf line \d+: /);
  expect(access).not.toMatch(/received SIGHUP[^]*faulty/);
  await applied(pod, () => pod.update(`${configuration}/access`, { 'pg_hba.conf': hba, 'pg_ident.conf': ident }), 'reloaded');
  expect(await sql(pod, 'SHOW work_mem')).toBe('9MB');
  await pod.end();
});

test('an agent that dies is started again after growing pauses, and nobody is harmed', async () => {
  const pod = await serving(one);
  const session = pod.spawn(['psql', '-X', '-U', 'postgres', '-d', 'postgres', '-c', 'SELECT pg_sleep(8)']);
  const ended = new Promise<number | null>((resolve) => session.on('close', resolve));
  for (const seconds of [1, 2]) {
    await pod.waitFor(() => pod.processes().some(({ command }) => command[1]?.endsWith('agent.sh')));
    const agent = await settled(pod);
    await applied(pod, () => pod.kill9(agent), `the agent ended with status 137 and starts again in ${seconds} s`);
    await pod.waitFor(() => pod.processes().some(({ command }) => command[1]?.endsWith('agent.sh')));
  }
  await applied(pod, () => pod.update(`${configuration}/credentials`, { ...credentials, password: 'after' }));
  await pod.waitFor(() => canLogIn(pod, 'shop', 'after'));
  expect(await ended).toBe(0);
});

test('what changed while there was no server is applied at the next start', async () => {
  const claim = temporaryClaim();
  const first = await serving(one, { claim });
  await first.stop();
  const second = await serving(one, { claim, credentials: { password: 'changed meanwhile' } });
  await second.waitForLog('applied the declared');
  expect(await canLogIn(second, 'shop', 'changed meanwhile')).toBe(true);
});

test('an owner who keeps its own role locked does not stop the passwords of the others', async () => {
  const pod = await serving(one);
  await settled(pod);
  pod.spawn(['psql', '-X', '-U', 'shop', '-d', 'shop', '-c', "BEGIN; ALTER ROLE shop PASSWORD 'mine'; SELECT pg_sleep(100)"]);
  await pod.waitFor(async () => await sql(pod, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)' AND state = 'active'") === '1', { what: 'the lock of the owner' });
  pod.update(`${configuration}/credentials`, { ...credentials, 'superuser-password': 'changed' });
  await pod.waitFor(() => canLogIn(pod, 'postgres', 'changed'), { timeout: 30_000, what: 'the password of the superuser' });
  expect(pod.logs()).toContain('the password of role shop could not be set');
});

test('parameters that limit sessions do not limit the agent', async () => {
  const reload = "default_transaction_read_only = on\nstatement_timeout = '1ms'\n";
  const pod = await serving(one, { reload });
  await pod.waitForLog('applied the declared roles');
  expect(await canLogIn(pod, 'shop', String(credentials.password))).toBe(true);
});
