import { configuration, currentState, databases, serving, servingAgain, sql, start, state } from './fixture';
import { server } from '../support/servers';

jest.setTimeout(180_000);
const one = server(17);

/**
 * A wall clock that stands still for every script, as one does that was set back. bash reads the file before a script; a variable that was
 * unset is an ordinary one from then on.
 */
const stillClock = {
  env: { BASH_ENV: '/still-clock/still.sh' },
  mounts: [{ path: '/still-clock', kind: 'files', files: { 'still.sh': 'unset EPOCHSECONDS SECONDS\nEPOCHSECONDS=1000000 SECONDS=0\n' } }],
} as const;

test('the clock of these tests stands still for the scripts', async () => {
  const pod = await serving(one, stillClock);
  expect((await pod.exec(['grep', 'since', '/run/cdk8s-postgres/state'])).stdout).toBe('since=1000000\n');
});

test('what was waited for is noticed although the clock was set back', async () => {
  const pod = await start(one, { ...stillClock, credentials: {} });
  expect(await state(pod, 'waiting')).toContain('secret');
  pod.update(`${configuration}/credentials`, { 'username': 'shop', 'password': 'shop-secret', 'superuser-password': 'super-secret' });
  await state(pod, 'running');
});

test('an agent that died is started again, and tries again what failed, although the clock was set back', async () => {
  const pod = await serving(one, stillClock);
  await pod.waitForLog('applied the declared roles');
  pod.update(`${configuration}/databases`, { ...databases, 'roles.sql': 'SELECT 1/0;' });
  const tries = () => pod.logs().split('it is tried again').length - 1;
  await pod.waitFor(() => tries() >= 2, { what: 'a second try' });
  const agent = pod.processes().find(({ command }) => command[1]?.endsWith('agent.sh'))!;
  const before = tries();
  pod.kill9(agent.pid);
  await pod.waitFor(() => tries() > before, { what: 'another agent' });
});

test('a fast shutdown that lasts too long becomes an immediate one although the clock was set back', async () => {
  const pod = await serving(one, { ...stillClock, env: { ...stillClock.env, PGSTS_STOP_SECONDS: '2' } });
  await sql(pod, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  const checkpointer = pod.processes().find(({ command }) => command.join(' ').includes('checkpointer'))!;
  process.kill(checkpointer.hostPid, 'SIGSTOP');
  await pod.stop();
  expect(pod.logs()).toContain('the fast shutdown has lasted 2 s, now an immediate one');
  await servingAgain(pod);
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('1000');
});

test('the heart beats and the probes are content although the clock was set back', async () => {
  const pod = await serving(one, stillClock);
  const beat = async () => (await pod.exec(['cat', '/run/cdk8s-postgres/heartbeat'])).stdout;
  const first = await beat();
  await pod.waitFor(async () => await beat() !== first, { what: 'another heartbeat' });
  // a bash whose standard input is a socket, as an exec's is here, does not read BASH_ENV
  expect((await pod.exec(['sh', '-c', 'bash /opt/cdk8s-postgres/probe.sh live </dev/null'])).status).toBe(0);
  expect(await currentState(pod)).toEqual({ state: 'running', reason: '' });
});
