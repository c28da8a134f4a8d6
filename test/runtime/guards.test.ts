import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentState, serving, servingAgain, sql, start, state } from './fixture';
import { temporaryClaim } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(120_000);
const one = server(17);
const identity = (claim: string) => join(claim, 'cdk8s-postgres.identity');

async function stoppedDatabase(): Promise<string> {
  const claim = temporaryClaim();
  const pod = await serving(one, { claim });
  await pod.stop();
  await pod.end();
  return claim;
}

test('data that ran with another C library is refused until exactly that one is acknowledged', async () => {
  const claim = await stoppedDatabase();
  const own = /libc=(.*)/.exec(readFileSync(identity(claim), 'utf8'))![1];
  writeFileSync(identity(claim), readFileSync(identity(claim), 'utf8').replace(own, 'musl-1.2'));
  const pod = await start(one, { claim, env: { PGSTS_ACKNOWLEDGED_LIBC: own } });
  expect(await state(pod, 'waiting')).toBe(
    `other-libc: this database ran with the C library musl-1.2 and the image has ${own}, which may sort text differently than the indexes. `
    + 'To go on all the same, acknowledge exactly this with PGSTS_ACKNOWLEDGED_LIBC=musl-1.2; see docs/runbooks/other-libc.md');
  await pod.end();
  const right = await serving(one, { claim, env: { PGSTS_ACKNOWLEDGED_LIBC: 'musl-1.2' } });
  expect(readFileSync(identity(claim), 'utf8')).toContain(`libc=${own}\n`);
  await right.end();
  await (await serving(one, { claim })).end();
});

test('a volume of another database is refused by name and by system identifier', async () => {
  const claim = await stoppedDatabase();
  const other = await start(one, { claim, env: { PGSTS_NAME: 'invoices-db' } });
  const found = /PGSTS_ACKNOWLEDGED_CLUSTER=(orders-db\/\d+);/.exec(await state(other, 'waiting', 'other-cluster'))![1];
  expect((await currentState(other)).reason).toMatch(/^other-cluster: the volume belongs to the database orders-db\/\d+, declared is invoices-db\. .*; see docs\/runbooks\/other-cluster.md$/);
  await other.end();
  await (await serving(one, { claim, env: { PGSTS_NAME: 'invoices-db', PGSTS_ACKNOWLEDGED_CLUSTER: found } })).end();
  await (await serving(one, { claim, env: { PGSTS_NAME: 'invoices-db' } })).end();

  const foreign = await stoppedDatabase();
  renameSync(join(claim, '17/docker'), join(claim, 'aside'));
  renameSync(join(foreign, '17/docker'), join(claim, '17/docker'));
  const exchanged = await start(one, { claim, env: { PGSTS_NAME: 'invoices-db' } });
  const value = /PGSTS_ACKNOWLEDGED_CLUSTER=(invoices-db\/\d+);/.exec(await state(exchanged, 'waiting', 'other-cluster'))![1];
  expect(value).not.toBe(found.replace('orders', 'invoices'));
  await exchanged.end();
  await (await serving(one, { claim, env: { PGSTS_NAME: 'invoices-db', PGSTS_ACKNOWLEDGED_CLUSTER: value } })).end();
});

test('an image or data of another major than the declared one is refused', async () => {
  const claim = await stoppedDatabase();
  const image = await start(one, { claim, env: { PGSTS_MAJOR: '18' } });
  expect(await state(image, 'waiting')).toBe('image-major: the image holds PostgreSQL 17.10, the declared version is 18; see docs/runbooks/major-version.md');
  await image.end();
  writeFileSync(join(claim, '17/docker/PG_VERSION'), '16\n');
  const data = await start(one, { claim });
  expect(await state(data, 'waiting')).toBe('image-major: /var/lib/postgresql/17/docker holds a database of PostgreSQL 16, the declared version is 17; see docs/runbooks/major-version.md');
  writeFileSync(join(claim, '17/docker/PG_VERSION'), '17\n');
  await state(data, 'running');
});

test('data of another user is refused', async () => {
  const claim = await stoppedDatabase();
  chmodSync(join(claim, '17'), 0o755);
  const passwd = 'other:x:12345:12345::/:/bin/bash\n';
  const pod = await start(one, { claim, description: { uid: 12345, passwd } });
  expect(await state(pod, 'waiting')).toMatch(/^(volume-not-writable|ownership): .*uid.* 12345; see docs\/runbooks\/volume.md$/);
});

test('fault 38: a mode other than 0700 and a stale postmaster.pid and socket are repaired', async () => {
  const claim = temporaryClaim();
  const pod = await serving(one, { claim });
  await pod.kill();
  // the pids of an earlier container are other processes of this one
  const file = join(claim, '17/docker/postmaster.pid');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, '1'));
  const lock = join(pod.hostPath('/var/run/postgresql'), '.s.PGSQL.5432.lock');
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, '1'));
  chmodSync(join(claim, '17/docker'), 0o2770);
  await servingAgain(pod);
  expect(statSync(join(claim, '17/docker')).mode.toString(8)).toMatch(/700$/);
  expect(await sql(pod, 'SELECT 1')).toBe('1');
});

test('a reason is told once, however long it lasts', async () => {
  const claim = await stoppedDatabase();
  const pod = await start(one, { claim, env: { PGSTS_NAME: 'invoices-db' } });
  await state(pod, 'waiting');
  await new Promise((resolve) => setTimeout(resolve, 8000));
  expect(pod.logs().split('\n').filter((line) => line.includes('other-cluster: '))).toHaveLength(1);
});
