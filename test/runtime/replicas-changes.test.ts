import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { state } from './fixture';
import { cluster, ready, rows, slots, streaming, synthesize, write } from './replicas-fixture';
import { Tls } from '../../src';
import { Authority } from '../support/certificates';
import { Pod } from '../support/pod';
import { server, serversThatCan } from '../support/servers';

jest.setTimeout(600_000);

const one = server(17);

afterEach(async () => Pod.endAll());

test.each(serversThatCan('openssl').slice(0, 1))('%s: encryption reaches a running set by a rollout, replicas first, and leaves it again', async (postgres) => {
  const certificate = new Authority().secret('certificate', { name: 'orders-db', dnsNames: ['orders-db', '*.orders-db-headless'] });
  const encrypted = async () => pods.sql(0, "SELECT string_agg(DISTINCT ssl::text, ' ') FROM pg_stat_ssl JOIN pg_stat_replication USING (pid)");
  const pods = await streaming(postgres);
  await write(pods, 10);
  for (const [tls, wanted] of [[Tls.fromSecretName('certificate'), 'true'], [undefined, 'false']] as const) {
    pods.apply([...synthesize(postgres, { tls }), ...tls ? [certificate] : []]);
    for (const ordinal of [2, 1, 0]) {
      await pods.restart(ordinal);
      // else the rollout would end here
      await ready(pods, ordinal, 90_000);
    }
    await pods.waitForStreaming({ timeout: 180_000 });
    expect(await encrypted()).toBe(wanted);
    for (const ordinal of pods.ordinals) expect(await rows(pods, ordinal)).toBe('10|55');
  }
});

test('a declared primary that lost its claim initialises nothing while a pod that only kubectl scale made has the data', async () => {
  const pods = await cluster(one, { instances: 1 });
  await write(pods, 10);
  await pods.kubectlScale(3);
  await pods.waitForStreaming({ timeout: 120_000 });
  await pods.killPod(0);
  pods.deleteClaim(0);
  const pod = await pods.startPod(0);
  await state(pod, 'waiting', 'lost-primary', 60_000);
  expect(pod.logs()).toContain('; ahead: orders-db-1 (timeline 1) orders-db-2 (timeline 1)');
  for (const ordinal of [1, 2]) expect(await rows(pods, ordinal)).toBe('10|55');
});

test('a database with tablespaces of its own gets no replica, which says so', async () => {
  const pods = await streaming(one, { instances: 1 }, { start: [0] });
  await write(pods, 10);
  expect((await pods.pod(0).exec(['mkdir', '/var/lib/postgresql/archive'])).status).toBe(0);
  await pods.sql(0, "CREATE TABLESPACE archive LOCATION '/var/lib/postgresql/archive'");
  await pods.scale(2);
  await state(pods.pod(1), 'waiting', 'tablespaces: the database has tablespaces of its own, of which there can be no replica: archive', 60_000);
  await pods.sql(0, 'DROP TABLESPACE archive');
  await pods.waitForStreaming({ timeout: 60_000 });
});

test('a copy of a database whose text was sorted by another C library is not served', async () => {
  const pods = await streaming(one, { instances: 1 }, { start: [0] });
  await write(pods, 10);
  await pods.sql(0, "SET allow_system_table_mods = on; CREATE OR REPLACE FUNCTION pg_catalog.pg_collation_actual_version(oid) RETURNS text LANGUAGE sql AS $$SELECT '2.11'$$");
  await pods.scale(2);
  await state(pods.pod(1), 'waiting', 'other-libc: this database ran with the C library glibc-2.11', 60_000);
});

test('a topology that was changed by hand and has no end of line is read', async () => {
  const pods = await streaming(one, { instances: 1 }, { start: [0] });
  await write(pods, 10);
  const changed = synthesize(one, { instances: 2 }).map((object) => (object.metadata.name === 'orders-db-topology'
    ? { ...object, data: { ...object.data, instances: '2', primary: '0' } } : object));
  pods.apply(changed);
  await pods.startPod(1);
  await pods.waitForStreaming({ timeout: 60_000 });
  expect(await slots(pods)).toEqual(['pod_1|t|reserved']);
});

test('a standby that follows a pod which is a standby by now looks for the primary', async () => {
  const pods = await streaming(one);
  await write(pods, 10);
  await pods.waitForStreaming();
  await pods.sql(1, 'SELECT pg_promote()');
  await pods.sql(1, 'INSERT INTO kept VALUES (1001)');
  await pods.sql(0, 'INSERT INTO kept VALUES (2001)');
  await pods.waitForStreaming({ ordinals: [2] });
  // it is rewound beside the one that was promoted; what the third pod has is not in that one's history
  await pods.restart(0);
  pods.declare({ primary: 1 });
  await pods.waitForStreaming({ timeout: 240_000 });
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, '11|1056']);
});

test('a copy that was kept aside is no database of somebody else to a volume that is copied anew', async () => {
  const pods = await streaming(one, { instances: 2 });
  await write(pods, 10);
  await pods.stopPod(1);
  const major = join(pods.claim(1), '17');
  // as after an old copy that had to go first, and a clone that was killed
  await pods.startPod(1).then(async (pod) => {
    await state(pod, 'running', '', 60_000);
    expect((await pod.exec(['cp', '-a', '/var/lib/postgresql/17/docker', '/var/lib/postgresql/17/docker.diverged-20260101T000000Z'])).status).toBe(0);
    await pods.stopPod(1);
  });
  rmSync(join(major, 'docker'), { recursive: true });
  await pods.startPod(1);
  await pods.waitForStreaming({ timeout: 90_000 });
});
