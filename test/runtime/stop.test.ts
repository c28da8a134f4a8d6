import { serving, servingAgain, sql, start, state } from './fixture';
import { Pod, temporaryClaim } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(180_000);
const one = server(17);
const clean = { status: 0, signal: null };

async function secondsToEnd(pod: Pod, signals: readonly NodeJS.Signals[] = ['SIGTERM']): Promise<number> {
  const began = Date.now();
  signals.forEach((signal) => pod.signal(signal));
  await pod.exited;
  return (Date.now() - began) / 1000;
}

/** How long the server itself took, by its own log; it has a millisecond resolution here. */
function serversOwnStop(log: string): number {
  const at = (text: string) => Date.parse(new RegExp(`^(\\S+ \\S+) GMT \\[\\d+\\] LOG:  ${text}`, 'm').exec(log)![1].replace(' ', 'T'));
  return (at('database system is shut down') - at('received fast shutdown request')) / 1000;
}

test.each(servers)('%s stops on SIGTERM with a fast shutdown, sessions open, and loses nothing', async (postgres) => {
  const pod = await serving(postgres);
  await pod.waitForLog('reloaded the configuration');
  pod.spawn(['psql', '-X', '-U', 'postgres', '-d', 'postgres', '-c', 'SELECT pg_sleep(1000)']);
  await sql(pod, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  const before = pod.logs().length;
  const seconds = await secondsToEnd(pod);
  expect(await pod.exited).toEqual(clean);
  const own = serversOwnStop(pod.logs().slice(before));
  console.log(`${String(postgres)}: stopped in ${seconds} s, of which the server ${own} s`);
  expect(seconds - own).toBeLessThan(0.5);
  await servingAgain(pod);
  expect(pod.logs().slice(before)).toContain('database system was shut down at');
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('1000');
  await pod.end();
});

test.each([
  ['SIGINT', ['SIGINT']], ['SIGQUIT', ['SIGQUIT']], ['SIGTERM twice', ['SIGTERM', 'SIGTERM']], ['all of them', ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGTERM']],
] as const)('%s to PID 1 means the same', async (_, signals) => {
  const pod = await serving(one);
  expect(await secondsToEnd(pod, signals)).toBeLessThan(2);
  expect(await pod.exited).toEqual(clean);
  expect(pod.logs()).toContain('database system is shut down');
});

test.each([
  ['initdb', /initialising/, 150],
  ['the temporary server', /database system is ready/, 0],
  ['a long initialisation script', /running \/docker-entrypoint-initdb.d\/1.sh/, 300],
])('a stop during %s ends at once, and the next start starts over', async (_, reached, pause) => {
  const claim = temporaryClaim();
  const script = { '1.sh': '[[ -e /tmp/quick ]] || sleep 1000; psql -c "CREATE TABLE ran ()"' };
  const pod = await start(one, { claim, initScripts: script });
  await pod.waitForLog(reached);
  await new Promise((resolve) => setTimeout(resolve, pause));
  expect(await secondsToEnd(pod)).toBeLessThan(4);
  expect(await pod.exited).toEqual(clean);
  const next = await serving(one, { claim, initScripts: { '1.sql': 'CREATE TABLE ran ()' } });
  expect(await sql(next, 'SELECT count(*) FROM ran', 'shop')).toBe('0');
  await next.end();
});

test('a stop at any moment of a start ends with status 0', async () => {
  const pod = await serving(one);
  await pod.stop();
  let longest = 0;
  for (let pause = 0; pause <= 300; pause += 20) {
    const before = pod.logs().length;
    await pod.restart();
    await pod.waitFor(() => pod.logs().slice(before).includes(' supervisor: starting'));
    await new Promise((resolve) => setTimeout(resolve, pause));
    longest = Math.max(longest, await secondsToEnd(pod));
    expect([pause, await pod.exited]).toEqual([pause, clean]);
  }
  console.log(`the longest stop of a starting container took ${longest} s`);
  expect(longest).toBeLessThan(2);
  await servingAgain(pod);
});

test('a stop while waiting for the lock or the Secret ends at once', async () => {
  const claim = temporaryClaim();
  const first = await serving(one, { claim });
  for (const options of [{ claim }, { credentials: {} }]) {
    const pod = await start(one, options);
    await state(pod, 'waiting');
    expect(await secondsToEnd(pod)).toBeLessThan(1);
    expect(await pod.exited).toEqual(clean);
  }
  expect(await sql(first, 'SELECT 1')).toBe('1');
});

test('a stop during crash recovery ends the recovery, and the next start repeats it', async () => {
  const pod = await serving(one, { settings: "checkpoint_timeout = '1h'\n" });
  await sql(pod, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n; CREATE TABLE much AS SELECT repeat(\'x\', 100) FROM generate_series(1, 1500000)');
  await pod.kill();
  const before = pod.logs().length;
  await pod.restart();
  await pod.waitFor(() => /redo starts at/.test(pod.logs().slice(before)), { what: 'a recovery' });
  await state(pod, 'recovering');
  expect(await secondsToEnd(pod)).toBeLessThan(5);
  await servingAgain(pod);
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('1000');
});

test('a fast shutdown that lasts too long becomes an immediate one, within the grace period, and nothing is lost', async () => {
  const pod = await serving(one, { env: { PGSTS_STOP_SECONDS: '2' } });
  await sql(pod, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  // a process that the server waits for and that does not listen
  const checkpointer = pod.processes().find(({ command }) => command.join(' ').includes('checkpointer'))!;
  process.kill(checkpointer.hostPid, 'SIGSTOP');
  const seconds = await secondsToEnd(pod);
  expect(seconds).toBeGreaterThan(2);
  expect(seconds).toBeLessThan(12);
  expect(pod.logs()).toContain('the fast shutdown has lasted 2 s, now an immediate one');
  await servingAgain(pod);
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('1000');
});

test('a session that an initialisation script leaves behind is ended, and the first start goes on', async () => {
  const script = `
    psql -c 'CREATE TABLE ran ()'
    (setsid psql -c 'SELECT pg_sleep(1000)' >/dev/null 2>&1 &)
    until [[ $(psql -Atc "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 1 ]]; do sleep 0.1; done
  `;
  const pod = await serving(one, { initScripts: { '1.sh': script } });
  expect(pod.logs()).toMatch(/received smart shutdown request[^]*received fast shutdown request/);
  expect(await sql(pod, 'SELECT count(*) FROM ran', 'shop')).toBe('0');
  await pod.end();
});
