import { Size } from 'cdk8s';
import { Client } from './support/client';
import type { Props } from './support/database';
import { containersOf } from './support/faults';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { Runbook } from './support/runbook';
import { figure, sleep, until } from './support/wait';
import { Writer } from './support/writer';
import { Cpu, PostgresImage, Rollout } from '../../src';

// docs/runbooks/minor-upgrade.md, its part about replicas: a new image reaches them first, then the primary moves away, then its pod follows.

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writers: Writer[];
let page: Runbook;
const told = diagnosed(() => namespace);
const write = { host: 'orders-db', user: 'orders', database: 'orders' };
const HEADING = 'With replicas';
const LIST = 'kubectl --namespace shop exec orders-db-';
/** The same server under another name. */
const NEWER: Props = { image: PostgresImage.custom({ image: 'postgres:18-trixie' }) };

beforeAll(told(async () => {
  namespace = await Namespace.create('minor');
  page = new Runbook('minor-upgrade.md', namespace);
  database = new Replicas(namespace, 'orders-db', {
    database: 'orders', instances: 3, resources: { cpu: Cpu.millis(400), memory: Size.mebibytes(256) },
  });
  [client] = await Promise.all([Client.create(namespace), database.start()]);
  writers = [
    await Writer.start(client, write, { table: 'by_service' }),
    await Writer.start(client, write, { table: 'by_new_sessions', rowsPerSession: 1 }),
  ];
}));

afterAll(async () => {
  for (const writer of writers ?? []) await writer.stop();
  await namespace?.delete();
  page?.delete();
});

/** Prints the longest time without a commit, in one session and where every row has its own; returns how many errors each client saw. */
async function errorsDuring(what: string, body: () => Promise<unknown>): Promise<number[]> {
  const before = writers.map(({ count }) => count);
  const done = body();
  const gaps = await Promise.all(writers.map(async (writer) => writer.gapDuring(() => done)));
  figure(`${what}: longest gap between two commits: one session through the Service ${gaps[0].toFixed(2)} s, a new one for every row ${gaps[1].toFixed(2)} s`);
  return writers.map((writer, index) => writer.failures(before[index]));
}

/** The image of every pod, by ordinal. */
async function images(): Promise<string[]> {
  const pods = await Promise.all([0, 1, 2].map(async (ordinal) => database.instance(ordinal).findPod()));
  return pods.map(({ spec }) => spec.containers.find(({ name }: any) => name === 'postgres').image);
}

async function step(changes: Props, beginning: string): Promise<void> {
  page.synthesize(database.manifests(changes));
  await page.follow(HEADING, beginning);
}

const ROLL = 'kubectl apply -f dist/shop.k8s.yaml\nkubectl --namespace shop rollout status';
const MOVE = 'kubectl apply -f dist/shop.k8s.yaml\nkubectl --namespace shop annotate';

test('the replicas first: writing goes on, and the primary is not touched', told(async () => {
  const before = await database.life();
  const [old] = await images();
  const errors = await errorsDuring('minor upgrade, the replicas', async () => {
    await step({ ...NEWER, rollout: Rollout.partition(1) }, ROLL);
    await database.streaming(2);
  });
  expect(errors).toEqual([0, 0]);
  expect(await images()).toEqual([old, 'postgres:18-trixie', 'postgres:18-trixie']);
  expect(await page.follow(HEADING, `${LIST}0`)).toMatch(/^orders-db-1\|streaming\|\d+\norders-db-2\|streaming\|\d+\n$/);
  expect(await database.life()).toEqual(before);
}));

test('then the primary moves away, and no pod restarts', told(async () => {
  const before = await containersOf(database);
  database = database.movedTo(1);
  const [session] = await errorsDuring('minor upgrade, the primary moves', async () => {
    await step({ ...NEWER, rollout: Rollout.partition(1) }, MOVE);
    await sleep(5);
    await database.streaming(2);
  });
  // its session ended with the old primary
  expect(session).toBeGreaterThan(0);
  expect(await page.follow(HEADING, `${LIST}1`)).toMatch(/^orders-db-0\|streaming\|\d+\norders-db-2\|streaming\|\d+\n$/);
  expect(await containersOf(database)).toEqual(before);
}));

test('then its old pod, whose turn nobody notices', told(async () => {
  const before = await database.life();
  const errors = await errorsDuring('minor upgrade, the last pod', async () => {
    await step(NEWER, ROLL);
    await until('every pod has the new image', 180, async () => (await images()).every((image) => image === 'postgres:18-trixie'));
    await database.streaming(2);
  });
  expect(errors).toEqual([0, 0]);
  expect(await database.life()).toEqual(before);
  expect(await page.follow('Check', `${LIST}0`)).toContain('PostgreSQL 18');
}));

test('and the primary may go back, without a row lost on the whole way', told(async () => {
  database = database.movedTo(0);
  await errorsDuring('minor upgrade, the primary returns', async () => {
    await step(NEWER, MOVE);
    await sleep(5);
    await database.streaming(2);
  });
  for (const writer of writers) {
    await writer.stop();
    expect(await writer.lost(database, 'orders')).toEqual([]);
    const [first, ...others] = await database.everywhere(`SELECT count(*), sum(n) FROM ${writer.table}`, 'orders');
    expect(others).toEqual([first, first]);
  }
  figure(`minor upgrade: ${writers.reduce((sum, { count }) => sum + count, 0)} rows acknowledged, none lost`);
}));
