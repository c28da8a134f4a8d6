import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serving, sql, start, state } from './fixture';
import { demandRoot, mountedTemporary, resizeMounted } from '../support/mounted';
import { temporaryClaim } from '../support/pod';
import { server } from '../support/servers';
import { sendSignal } from '../support/signals';

jest.setTimeout(180_000);
const one = server(17);

/** A claim with a file system of its own, of that size. */
const smallClaim = (mebibytes: number): string => mountedTemporary(`size=${mebibytes}m,mode=2777`);

test('a volume that is too small for the first start is told, and growing it heals', async () => {
  const claim = smallClaim(30);
  const pod = await start(one, { claim });
  expect(await state(pod, 'waiting')).toBe('volume-full: the volume /var/lib/postgresql is full, initdb failed; it is tried again; see docs/runbooks/resize.md');
  resizeMounted(claim, 300);
  await state(pod, 'running');
  expect(await sql(pod, 'SELECT 1')).toBe('1');
});

test.each(['data', 'WAL'])('a %s volume that filled up is waited for without a restart of the container, and nothing is lost', async (which) => {
  const small = smallClaim(120);
  const claims = which === 'WAL' ? { claim: temporaryClaim(), walClaim: small } : { claim: small };
  const pod = await serving(one, claims);
  await sql(pod, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  try {
    writeFileSync(join(small, 'filler'), Buffer.alloc(200 * 1024 * 1024));
  } catch {
    // it is full now
  }
  const fill = 'CREATE TABLE much AS SELECT repeat(\'x\', 100) FROM generate_series(1, 1000000)';
  await expect(sql(pod, fill)).rejects.toThrow(/No space left on device|server closed the connection/);
  const postmaster = pod.processes().find(({ name, parent }) => name === 'postgres' && parent === 1);
  // it may be about to end by itself
  if (postmaster) sendSignal(postmaster, 'SIGKILL');
  const path = which === 'WAL' ? '/var/lib/postgresql-wal' : '/var/lib/postgresql';
  const reason = await state(pod, 'waiting', 'volume-full');
  expect(reason).toMatch(new RegExp(`^volume-full: the volume ${path} is full, the server needs at least (1|24) MiB of free space; see docs/runbooks/resize.md$`));
  await new Promise((resolve) => setTimeout(resolve, 8000));
  expect(pod.ending).toBeUndefined();
  resizeMounted(small, 400);
  await state(pod, 'running');
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('1000');
});

test.each(['data', 'WAL'])('a %s volume that became read-only makes the pod unready with the reason, and its return heals', async (which) => {
  demandRoot('a mount in a running pod');
  const pod = await serving(one, which === 'WAL' ? { walClaim: temporaryClaim() } : {});
  const path = which === 'WAL' ? '/var/lib/postgresql-wal' : '/var/lib/postgresql/17/docker';
  const told = which === 'WAL' ? '/var/lib/postgresql/17/docker/pg_wal/' : path;
  const inPod = (...command: readonly string[]) => execFileSync('nsenter', ['--mount', '--target', String(pod.hostPid), ...command]);
  const probe = async (kind: string) => {
    const { status, stdout } = await pod.exec(['bash', '/opt/cdk8s-postgres/probe.sh', kind]);
    return `${status} ${stdout.trim()}`.trim();
  };
  expect(await probe('ready')).toBe('0');
  // what is open stays open, nothing can be opened for writing any more
  inPod('mkdir', '/tmp/read-only');
  inPod('mount', '--bind', path, '/tmp/read-only');
  inPod('mount', '-o', 'remount,bind,ro', '/tmp/read-only');
  inPod('mount', '--bind', '/tmp/read-only', path);
  expect(await probe('ready')).toBe(`1 volume-read-only: ${told} cannot be written any more; see docs/runbooks/volume.md`);
  expect(await probe('live')).toBe('0');
  inPod('umount', path);
  await pod.waitFor(async () => await probe('ready') === '0', { what: 'readiness' });
  expect(await sql(pod, 'SELECT 1')).toBe('1');
});

test('a WAL volume that is mounted and not used, and not writable, leaves the pod ready', async () => {
  demandRoot('a volume of another user');
  const claim = temporaryClaim();
  await (await serving(one, { claim })).stop();
  const walClaim = temporaryClaim();
  const pod = await serving(one, { claim, walClaim });
  // as a driver leaves it that does not apply fsGroup
  chownSync(walClaim, 0, 0);
  chmodSync(walClaim, 0o755);
  expect((await pod.exec(['test', '-w', '/var/lib/postgresql-wal'])).status).toBe(1);
  expect((await pod.exec(['bash', '/opt/cdk8s-postgres/probe.sh', 'ready'])).stdout).toBe('');
});
