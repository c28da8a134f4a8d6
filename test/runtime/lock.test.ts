import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { currentState, serving, sql, start, state, volume } from './fixture';
import { temporaryClaim } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(120_000);
const one = server(17);

test('a second pod on the same volume waits, touches nothing, and goes on when the first one has ended', async () => {
  const claim = temporaryClaim();
  const first = await serving(one, { claim });
  await sql(first, 'CREATE TABLE kept (n int)');
  const second = await start(one, { claim });
  expect(await state(second, 'waiting')).toBe('volume-locked: another container holds the lock of this volume; this one goes on when that one has ended');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(await sql(first, 'SELECT count(*) FROM kept')).toBe('0');
  expect(second.logs().match(/volume-locked/g)).toHaveLength(1);
  await first.kill();
  await state(second, 'running');
  expect(await sql(second, 'SELECT count(*) FROM kept')).toBe('0');
});

test('only the supervisor and the server with its processes hold the lock', async () => {
  const pod = await serving(one);
  await pod.waitForLog('reloaded the configuration');
  const list = "for p in /proc/[0-9]*; do for f in $p/fd/*; do [[ $f -ef /var/lib/postgresql/cdk8s-postgres.lock ]] && echo \"$(<$p/comm) $(tr '\\0' ' ' <$p/cmdline)\"; done; done 2>/dev/null";
  const holders = (await pod.exec(['bash', '-c', list])).stdout.trim().split('\n');
  const names = holders.map((line) => (line.startsWith('postgres ') ? 'server' : line.trim()));
  expect([...new Set(names)].sort()).toEqual(['bash bash /opt/cdk8s-postgres/supervisor.sh', 'server']);
});

test('the hold file keeps the server stopped, and its removal starts it', async () => {
  const claim = temporaryClaim();
  const pod = await serving(one, { claim });
  await pod.exec(['touch', `${volume}/cdk8s-postgres.hold`]);
  expect(await state(pod, 'held')).toBe('the server is kept stopped while /var/lib/postgresql/cdk8s-postgres.hold exists');
  expect(existsSync(join(claim, '17/docker/postmaster.pid'))).toBe(false);
  expect(pod.logs()).toContain('the server has stopped with status 0');
  const live = await pod.exec(['bash', '/opt/cdk8s-postgres/probe.sh', 'live']);
  const ready = await pod.exec(['bash', '/opt/cdk8s-postgres/probe.sh', 'ready']);
  expect([live.status, ready.status, ready.stdout]).toEqual([0, 1, 'held: the server is kept stopped while /var/lib/postgresql/cdk8s-postgres.hold exists\n']);
  expect((await pod.exec(['pg_controldata', '/var/lib/postgresql/17/docker'])).stdout).toContain('shut down');
  await pod.exec(['rm', `${volume}/cdk8s-postgres.hold`]);
  await state(pod, 'running');
  await pod.exec(['touch', `${volume}/cdk8s-postgres.hold`]);
  await state(pod, 'held');
  expect(await pod.stop()).toEqual({ status: 0, signal: null });
  await pod.restart();
  await state(pod, 'held');
  expect((await currentState(pod)).state).toBe('held');
});

test('a held volume has no process of an earlier server at work', async () => {
  const pod = await serving(one);
  pod.spawn(['psql', '-X', '-U', 'postgres', '-d', 'postgres', '-c', 'DO $$ BEGIN LOOP END LOOP; END $$']);
  await pod.waitFor(() => pod.processes().some(({ command }) => command.join(' ').includes('DO')), { what: 'a busy backend' });
  const [postmaster] = pod.processes().filter(({ command }) => command[0]?.endsWith('postgres') && command.includes('-D'));
  await pod.exec(['touch', `${volume}/cdk8s-postgres.hold`]);
  pod.kill9(postmaster.pid);
  await state(pod, 'held');
  expect(pod.processes().filter(({ command }) => command[0]?.startsWith('postgres'))).toEqual([]);
});

test('a volume that cannot be locked is told, nothing is written to it, and the pod goes on when it can be', async () => {
  const claim = temporaryClaim();
  const faults = '/opt/faults';
  const pod = await start(one, {
    claim,
    // what flock ends with where the file system has no locks: neither taken (0) nor held by another (1)
    mounts: [{ path: faults, kind: 'files', files: { flock: '#!/bin/bash\nexit 71\n' }, mode: 0o555 }],
    description: { command: ['bash', '-c', `PATH=${faults}:$PATH; exec bash /opt/cdk8s-postgres/supervisor.sh`] },
  });
  const reason = 'volume-without-locks: /var/lib/postgresql/cdk8s-postgres.lock cannot be locked on this file system; see docs/runbooks/volume.md';
  expect(await state(pod, 'waiting')).toBe(reason);
  const ready = await pod.exec(['bash', '/opt/cdk8s-postgres/probe.sh', 'ready']);
  const live = await pod.exec(['bash', '/opt/cdk8s-postgres/probe.sh', 'live']);
  expect([ready.status, ready.stdout, live.status]).toEqual([1, `waiting: ${reason}\n`, 0]);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(pod.logs().match(/volume-without-locks/g)).toHaveLength(1);
  expect(readdirSync(claim)).toEqual(['cdk8s-postgres.lock']);
  pod.update(faults, { flock: '#!/bin/bash\nexec /usr/bin/flock "$@"\n' });
  await state(pod, 'running');
});
