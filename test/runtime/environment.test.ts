import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canLogIn, container, serving, servingAgain, sql, start, state } from './fixture';
import { Pod, temporaryClaim } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(180_000);
const one = server(17);
const passwd = 'root:x:0:0:root:/root:/bin/bash\npostgres:x:12345:12345::/var/lib/postgresql:/bin/bash\n';

test.each(servers)('%s runs as uid 12345, whose passwd file the pod mounts', async (postgres) => {
  const mounts = [{ path: '/etc/passwd', kind: 'files', files: { passwd }, subPath: 'passwd' }] as const;
  const pod = await serving(postgres, { mounts, description: { uid: 12345 } });
  await pod.waitForLog('applied the declared');
  expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(true);
  expect((await pod.exec(['psql', '-At', '-U', 'shop', '-c', 'SELECT current_user'])).stdout).toBe('shop\n');
  expect(new Set(pod.processes().map(({ uid }) => uid))).toEqual(new Set([12345]));
  await pod.stop();
  await servingAgain(pod);
  await pod.end();
});

test('a uid without a passwd entry is told as a failed initdb and harms nothing', async () => {
  const pod = await start(one, { description: { uid: 12345 } });
  expect(await state(pod, 'waiting')).toMatch(/^failed: initdb ended with status 1 /);
  expect(pod.logs()).toMatch(/could not look up effective user ID 12345/);
});

test.each(servers)('%s starts, restarts, takes over a password and stops with the tools of an Alpine image only', async (postgres) => {
  const pod = await serving(postgres, { walClaim: temporaryClaim(), description: { programs: 'busybox' } });
  await pod.waitForLog('reloaded the configuration');
  pod.update('/etc/cdk8s-postgres/credentials', { password: "bus'y" });
  await pod.waitFor(() => canLogIn(pod, 'shop', "bus'y"));
  const postmaster = pod.processes().find(({ name, parent }) => name === 'postgres' && parent === 1)!;
  pod.kill9(postmaster.pid);
  await pod.waitForLog('number 1 in 5 minutes');
  await state(pod, 'running');
  expect(await sql(pod, 'SELECT 1')).toBe('1');
  expect(await pod.stop()).toEqual({ status: 0, signal: null });
  expect(pod.logs()).not.toMatch(/not found|applet|^usage:|unrecognized option|invalid option/im);
  await pod.end();
});

/** CPU time that a process has used, in hundredths of a second. */
function cpu(hostPid: number): number {
  const fields = readFileSync(`/proc/${hostPid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  // with that of children it waited for
  return fields.slice(11, 15).map(Number).reduce((sum, ticks) => sum + ticks);
}

test('supervisor and agent together cost at most half a percent of a core when nothing happens, and no process is started', async () => {
  const pod = await serving(one);
  await pod.waitForLog('reloaded the configuration');
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const shells = pod.processes().filter(({ name }) => name === 'bash');
  const used = () => shells.map(({ hostPid }) => cpu(hostPid)).reduce((sum, ticks) => sum + ticks);
  const newest = async () => Number((await pod.exec(['bash', '-c', 'echo $$'])).stdout);
  const [before, pid] = [used(), await newest()];
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const ticks = used() - before;
  const started = await newest() - pid - 1;
  console.log(`idle: ${(ticks / 20).toFixed(2)} % of a core, ${shells.length} shells, ${started} other processes started in 20 s`);
  expect(shells).toHaveLength(2);
  expect(ticks).toBeLessThanOrEqual(10);
  // autovacuum's workers are the server's own
  expect(started).toBeLessThanOrEqual(3);
});

test('the scripts read exactly the variables that the container sets', () => {
  const directory = join(__dirname, '../../src/runtime');
  const { env, mounts } = container(one);
  const scripts = mounts!.find(({ path }) => path === '/opt/cdk8s-postgres')!;
  const names = Object.keys((scripts as { files: Record<string, unknown> }).files).filter((name) => !/^(backup|restore)/.test(name));
  const text = names.map((name) => readFileSync(join(directory, name), 'utf8').replace(/^\s*#.*$/gm, '')).join('\n');
  const read = new Set([...text.matchAll(/\b(PGDATA|PGHOST|PGSTS_[A-Z_]+)\b/g)].map(([name]) => name));
  expect([...read].sort()).toEqual(Object.keys(env!).sort());
});

test('the probes tell starting, waiting, running and a server that hangs apart', async () => {
  const pod = await start(one, { credentials: {} });
  const probe = async (kind: string) => {
    const { status, stdout } = await pod.exec(['bash', '/opt/cdk8s-postgres/probe.sh', kind]);
    return `${status} ${stdout.trim()}`.trim();
  };
  await state(pod, 'waiting');
  expect([await probe('startup'), await probe('live')]).toEqual(['0', '0']);
  expect(await probe('ready')).toBe('1 waiting: secret: the Secret has no key password; see docs/runbooks/rotate-passwords.md');
  pod.update('/etc/cdk8s-postgres/credentials', { password: 'x' });
  await state(pod, 'running');
  expect([await probe('startup'), await probe('live'), await probe('ready')]).toEqual(['0', '0', '0']);
  const postmaster = pod.processes().find(({ name, parent }) => name === 'postgres' && parent === 1)!;
  process.kill(postmaster.hostPid, 'SIGSTOP');
  expect([await probe('live'), await probe('ready')]).toEqual(['1 the server does not answer on its socket', '1 running, but the server does not accept connections']);
  process.kill(postmaster.hostPid, 'SIGCONT');
  process.kill(pod.hostPid, 'SIGSTOP');
  await pod.exec(['bash', '-c', 'read -r up _ </proc/uptime; echo $((${up%.*} - 31)) >/run/cdk8s-postgres/heartbeat']);
  expect(await probe('live')).toBe("1 the supervisor's last heartbeat is more than 30 s old");
  process.kill(pod.hostPid, 'SIGCONT');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await probe('live')).toBe('0');
});

test('probes of a container whose supervisor has not begun fail with a sentence', async () => {
  const pod = await Pod.start({ ...container(one), command: ['sleep', '1000'] });
  const { status, stdout } = await pod.exec(['bash', '/opt/cdk8s-postgres/probe.sh', 'startup']);
  expect([status, stdout]).toEqual([1, 'the supervisor has not begun\n']);
});
