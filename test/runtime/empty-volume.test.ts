import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { configuration, currentState, DatabaseOptions, serving, sql, start, state } from './fixture';
import { promote } from './promotion-fixture';
import { cluster, ready, rows, self, streaming, synthesize, write } from './replicas-fixture';
import { EmptyVolume } from '../../src';
import { Files, Pod, temporaryClaim } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(600_000);

const one = server(17);
const REFUSED = 'initialisation-refused: this volume is empty, and the prop emptyVolume says REFUSE; see docs/runbooks/volume.md';
const pause = async (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const folder = `${configuration}/topology`;
/** What the ConfigMap holds; one that an older release made has no such file. */
const topology = (text?: string): Files => ({ primary: '0\n', instances: '1\n', ...text === undefined ? {} : { 'empty-volume': text } });
const saying = (text?: string): Pick<DatabaseOptions, 'mounts'> => ({ mounts: [{ path: folder, kind: 'files', files: topology(text) }] });

afterEach(async () => Pod.endAll());

test('an empty volume is left as it is where the program says so, and is initialised as soon as it says otherwise', async () => {
  const claim = temporaryClaim();
  const pod = await start(one, { claim, ...saying('refuse\n') });
  expect(await state(pod, 'waiting', 'initialisation')).toBe(REFUSED);
  // looks again and again, and tells it once
  await pause(10_000);
  expect(await currentState(pod)).toEqual({ state: 'waiting', reason: REFUSED });
  expect(pod.logs().match(/initialisation-refused/g)).toHaveLength(1);
  expect(pod.logs()).not.toContain(' prepare: initialising');
  expect(readdirSync(claim)).toEqual(['cdk8s-postgres.lock']);
  expect(pod.processes().filter(({ name }) => name === 'postgres')).toEqual([]);
  pod.update(folder, topology('initialise\n'));
  await state(pod, 'running');
  expect(await sql(pod, 'SELECT 1', 'shop')).toBe('1');
});

test('the text counts with and without a line break, none counts as before, and one that is neither initialises nothing', async () => {
  const pod = await start(one, saying('refuse'));
  await state(pod, 'waiting', REFUSED);
  for (const text of ['', 'REFUSE\n', 'initialised\n']) {
    pod.update(folder, topology(text));
    await pause(5_000);
    expect([text, await currentState(pod)]).toEqual([text, { state: 'waiting', reason: REFUSED }]);
  }
  pod.update(folder, topology('initialise'));
  await state(pod, 'running');
  await pod.end();
  const older = await start(one, saying('refuse\n'));
  await state(older, 'waiting', REFUSED);
  older.update(folder, topology());
  await state(older, 'running');
});

test('a volume with data is served as ever, and a running server takes no notice of the change', async () => {
  const claim = temporaryClaim();
  const first = await serving(one, { claim, ...saying('initialise\n') });
  await sql(first, 'CREATE TABLE kept AS SELECT 7 AS id');
  const since = await sql(first, 'SELECT pg_postmaster_start_time()');
  first.update(folder, topology('refuse\n'));
  await first.waitFor(() => first.logs().split('applied the declared roles').length > 2, { what: 'an agent that has seen the change' });
  expect(await sql(first, 'SELECT pg_postmaster_start_time()')).toBe(since);
  await first.stop();
  await first.end();
  const again = await serving(one, { claim, ...saying('refuse\n') });
  expect(await sql(again, 'SELECT id FROM kept')).toBe('7');
  expect(again.logs()).not.toContain('initialisation-refused');
});

test('a volume that knows a database tells which one first; its acknowledgement alone initialises nothing', async () => {
  const claim = temporaryClaim();
  await (await serving(one, { claim })).end();
  rmSync(join(claim, '17'), { recursive: true });
  const pod = await start(one, { claim, ...saying('refuse\n') });
  const found = /PGSTS_ACKNOWLEDGED_CLUSTER=(lost:orders-db\/\d+);/.exec(await state(pod, 'waiting', 'lost-database'))![1];
  await pod.end();
  const env = { PGSTS_ACKNOWLEDGED_CLUSTER: found };
  const acknowledged = await start(one, { claim, env, ...saying('refuse\n') });
  await state(acknowledged, 'waiting', REFUSED);
  expect(readdirSync(claim)).not.toContain('17');
  acknowledged.update(folder, topology('initialise\n'));
  await state(acknowledged, 'running');
});

test('a primary that has lost its volume while no replica answers waits for one, instead of beginning anew, and copies it', async () => {
  const pods = await streaming(one, { instances: 2 });
  await write(pods, 10);
  await pods.waitForStreaming();
  const before = await self(pods, 0);
  pods.apply(synthesize(one, { instances: 2, emptyVolume: EmptyVolume.REFUSE }));
  await pods.stopPod(1);
  expect(await self(pods, 0)).toEqual(before);
  await pods.stopPod(0);
  pods.deleteClaim(0);
  await pods.startPod(0);
  await state(pods.pod(0), 'waiting', REFUSED);
  // after 30 s of silence nobody would be waited for
  await pause(45_000);
  expect(await currentState(pods.pod(0))).toEqual({ state: 'waiting', reason: REFUSED });
  expect(readdirSync(pods.claim(0))).toEqual(['cdk8s-postgres.lock']);
  expect(await pods.readiness(0)).toEqual({ status: 1, text: `waiting: ${REFUSED}` });
  expect(await pods.probe(0, 'liveness')).toEqual({ status: 0, text: '' });
  await pods.startPod(1);
  await state(pods.pod(0), 'waiting', /^lost-primary: /, 60_000);
  await ready(pods, 1);
  await promote(pods, 1);
  await state(pods.pod(0), 'running', '', 120_000);
  await pods.waitFor(async () => await rows(pods, 0) === '10|55', { what: 'the rows that the replica had' });
  expect((await self(pods, 0)).standby).toBe(true);
  expect(pods.pod(0).logs()).not.toContain(' prepare: initialising');
});

test('the very first start of several waits for the word of the program too, and the replicas copy then as ever', async () => {
  const pods = await cluster(one, { instances: 2, emptyVolume: EmptyVolume.REFUSE });
  await state(pods.pod(0), 'waiting', REFUSED);
  await state(pods.pod(1), 'waiting', /^no-primary: /);
  await pause(15_000);
  expect(await currentState(pods.pod(0))).toEqual({ state: 'waiting', reason: REFUSED });
  pods.apply(synthesize(one, { instances: 2 }));
  await pods.waitForStreaming({ timeout: 180_000 });
  await pods.stopPod(1);
  pods.deleteClaim(1);
  pods.apply(synthesize(one, { instances: 2, emptyVolume: EmptyVolume.REFUSE }));
  await pods.startPod(1);
  await pods.waitForStreaming({ timeout: 180_000 });
});
