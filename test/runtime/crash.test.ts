import { serving, servingAgain, sql, start, state } from './fixture';
import { Pod } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(180_000);
const one = server(17);

function postmaster(pod: Pod): number {
  return pod.processes().find(({ name, parent }) => name === 'postgres' && parent === 1)!.pid;
}

const endless = 'DO $$ BEGIN LOOP PERFORM sqrt(2); END LOOP; END $$';

test('a postmaster killed under 20 CPU-bound backends and a long index build serves again within 10 s and loses nothing', async () => {
  const pod = await serving(one);
  await sql(pod, 'CREATE TABLE big AS SELECT random() AS x FROM generate_series(1, 3000000)');
  for (let n = 0; n < 20; n++) pod.spawn(['psql', '-X', '-U', 'postgres', '-d', 'postgres', '-c', endless]);
  pod.spawn(['psql', '-X', '-U', 'postgres', '-d', 'postgres', '-c', 'CREATE INDEX ON big (x)']);
  await pod.waitFor(async () => (await sql(pod, "SELECT count(*) >= 21 FROM pg_stat_activity WHERE state = 'active' AND query ~ '^(DO|CREATE INDEX)'")) === 't');
  await sql(pod, 'CREATE TABLE acknowledged AS SELECT 1 AS n');
  const began = Date.now();
  pod.kill9(postmaster(pod));
  await pod.waitForLog('the server ended unexpectedly with status 137, number 1 in 5 minutes');
  await state(pod, 'running');
  expect(await sql(pod, 'SELECT n FROM acknowledged')).toBe('1');
  const seconds = (Date.now() - began) / 1000;
  console.log(`serving again ${seconds.toFixed(2)} s after kill -9 under load`);
  expect(seconds).toBeLessThan(10);
  expect(pod.logs()).toMatch(/ending \d\d process\(es\) of an earlier server/);
  expect(pod.ending).toBeUndefined();
});

test.each(servers)('%s serves again after its postmaster was killed, with everything that it acknowledged', async (postgres) => {
  const pod = await serving(postgres);
  await sql(pod, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  pod.kill9(postmaster(pod));
  await pod.waitForLog('number 1 in 5 minutes');
  await state(pod, 'running');
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('1000');
  await pod.end();
});

test('the third unexpected end in 5 minutes ends the container with the status of the server', async () => {
  const pod = await serving(one);
  for (const n of [1, 2, 3]) {
    await state(pod, 'running');
    pod.kill9(postmaster(pod));
    await pod.waitFor(() => pod.logs().includes(`number ${n} in 5 minutes`)).catch(() => undefined);
  }
  expect(await pod.exited).toEqual({ status: 137, signal: null });
  await servingAgain(pod);
});

test('a server that refuses its configuration ends the container with its status, and the log says why', async () => {
  const pod = await serving(one);
  pod.update('/etc/cdk8s-postgres/settings', { 'postgresql.conf': 'no_such_setting = 1\n' });
  pod.kill9(postmaster(pod));
  expect(await pod.exited).toEqual({ status: 1, signal: null });
  expect(pod.logs()).toContain('unrecognized configuration parameter "no_such_setting"');
});

test('SIGKILL of PID 1 at any time leaves a volume that starts', async () => {
  const pod = await serving(one);
  await sql(pod, 'CREATE TABLE kept (n int)');
  for (const pause of [0, 20, 60, 100, 140, 180, 250, 400, 700]) {
    await sql(pod, `INSERT INTO kept VALUES (${pause})`);
    await pod.kill();
    await pod.restart();
    await new Promise((resolve) => setTimeout(resolve, pause));
    await pod.kill();
    await servingAgain(pod);
  }
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('9');
});

test('a preparation that is killed is told, leaves nothing running and is repeated', async () => {
  const script = '[[ -e /tmp/again ]] || { touch /tmp/again; sleep 1000; }; psql -c "CREATE TABLE ran ()"';
  const pod = await start(one, { initScripts: { '1.sh': script } });
  await pod.waitForLog('running /docker-entrypoint-initdb.d/1.sh');
  await pod.waitFor(() => pod.processes().some(({ name }) => name === 'sleep'));
  pod.kill9(pod.processes().find(({ command, parent }) => parent === 1 && command[1]?.endsWith('prepare.sh'))!.pid);
  expect(await state(pod, 'waiting')).toBe('failed: the preparation of the volume ended with status 137; it is tried again');
  expect(pod.processes().filter(({ name }) => name === 'sleep')).toEqual([]);
  await state(pod, 'running');
  expect(await sql(pod, 'SELECT count(*) FROM ran', 'shop')).toBe('0');
});

test('an orphan of an exec that ends with status 2, SIGSEGV or SIGKILL is noticed by no session and leaves no zombie', async () => {
  const pod = await serving(one);
  const session = pod.spawn(['psql', '-X', '-At', '-U', 'postgres', '-d', 'postgres']);
  let said = '';
  session.stdout!.on('data', (data: Buffer) => { said += String(data); });
  session.stdin!.write('SELECT pg_backend_pid();\n');
  await pod.waitFor(() => said.includes('\n'));
  for (const end of ['exit 2', 'kill -SEGV $$', 'kill -KILL $$']) {
    await pod.exec(['bash', '-c', `(bash -c 'sleep 0.2; ${end}' >/dev/null 2>&1 &)`]);
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  session.stdin!.write('SELECT pg_backend_pid();\n');
  await pod.waitFor(() => said.trim().split('\n').length === 2);
  const [before, after] = said.trim().split('\n');
  expect(after).toBe(before);
  expect(pod.logs()).not.toMatch(/unexpectedly|terminating|untracked/);
  expect(pod.processes().filter(({ state: run }) => run === 'Z')).toEqual([]);
  session.kill();
});
