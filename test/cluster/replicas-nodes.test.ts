import { Size } from 'cdk8s';
import { Client } from './support/client';
import { isReady, serverStatus } from './support/database';
import { CLIENT, Cut } from './support/faults';
import { kubectl } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { Runbook } from './support/runbook';
import { figure, timed, until } from './support/wait';
import { Writer } from './support/writer';
import { NetworkAccess, Storage } from '../../src';

/** A class whose volumes follow a pod to any node. */
const MOVING_CLASS = process.env.SHARED_STORAGE_CLASS ?? 'any-node';

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writer: Writer;
let page: Runbook;
let node: string;
const told = diagnosed(() => namespace);
const write = { host: 'orders-db', user: 'orders', database: 'orders' };
const read = { ...write, host: 'orders-db-r' };

beforeAll(told(async () => {
  namespace = await Namespace.create('nodes');
  // without policies of its own: those of the tests decide
  const networkAccess = NetworkAccess.unrestricted();
  const storage = Storage.persistent(Size.gibibytes(1), { storageClass: MOVING_CLASS });
  database = new Replicas(namespace, 'orders-db', { database: 'orders', instances: 3, networkAccess, storage });
  [client] = await Promise.all([Client.create(namespace, { labels: CLIENT }), database.start()]);
  node = (await database.findPod()).spec.nodeName;
  page = new Runbook('drain.md', namespace, { 'node-2': node });
  writer = await Writer.start(client, write);
}));

afterAll(async () => {
  await writer?.stop();
  if (node) await kubectl(['uncordon', node]);
  await namespace?.delete();
  page?.delete();
});

const FOLLOWED = 'SELECT count(*) FROM pg_stat_replication';

async function restarts(): Promise<number[]> {
  return (await database.pods()).map((pod) => serverStatus(pod).restartCount);
}

test('a network that is cut between the primary and its replicas stops neither writing nor reading, and heals by itself', told(async () => {
  const [before, rows] = [await database.life(), await database.sql('SELECT count(*) FROM written', 'orders')];
  let cut: Cut;
  const gap = await writer.gapDuring(async () => {
    cut = await Cut.off(database, 0);
    // longer than an agent that looks every 10 s, and three probes that fail, take to be believed
    const end = Date.now() + 30_000;
    while (Date.now() < end) {
      expect(Number(await client.sql(read, 'SELECT count(*) FROM written'))).toBeGreaterThanOrEqual(Number(rows));
      await writer.progress();
    }
    expect((await database.pods()).map(isReady)).toEqual([true, true, true]);
    expect(await database.sql(FOLLOWED)).toBe('0');
  });
  const healed = await timed(async () => {
    await cut.heal();
    await database.streaming(2);
  });
  figure(`network cut: longest gap between two commits ${gap.toFixed(1)} s, streaming ${healed.toFixed(1)} s after it was healed`);
  expect(await database.life()).toEqual(before);
  expect(await restarts()).toEqual([0, 0, 0]);
  for (const ordinal of [1, 2]) expect((await database.instance(ordinal).logs()).split('prepare: clone: ')).toHaveLength(2);
}));

/** What the agents saw when the network was healed is forgotten: a standby's report is some seconds old, and three bad ones make its pod not ready. */
async function settled(): Promise<void> {
  await until('no pod has anything against itself', 60, async () =>
    Promise.all([0, 1, 2].map(async (ordinal) => database.instance(ordinal).exec('bash', '/opt/cdk8s-postgres/probe.sh', 'ready'))));
}

test('a drain takes one pod of the database after the other, the primary among them, and loses nothing', told(async () => {
  await settled();
  const before = await database.life();
  expect(await page.follow('Drain a node', 'kubectl get pods')).toMatch(/ orders-db-0 +1\/1/);
  expect(await page.follow('Drain a node', 'kubectl get pv')).not.toContain(node);
  const counts: number[] = [];
  let draining = true;
  const watcher = (async () => {
    while (draining) counts.push((await database.pods()).filter(isReady).length);
  })();
  const gap = await writer.gapDuring(async () => {
    await page.follow('Steps', 'kubectl cordon');
    await database.ready({ notUid: before.uid });
    await database.streaming(2);
  });
  draining = false;
  await watcher;
  figure(`drain of the primary's node: longest gap between two commits ${gap.toFixed(1)} s`);
  expect(Math.min(...counts)).toBe(2);
  for (const { spec } of await database.pods()) expect(spec.nodeName).not.toBe(node);
  expect(await page.follow('Steps', 'kubectl --namespace shop exec')).toMatch(/^orders-db-1\|streaming\|\d+\norders-db-2\|streaming\|\d+\n$/);
  expect(await page.follow('Go back', 'kubectl')).toContain('uncordoned');
}));

test('through all of these no acknowledged row was lost, on any pod', told(async () => {
  await writer.stop();
  expect(await writer.lost(database, 'orders')).toEqual([]);
  const [primary, ...replicas] = await database.everywhere('SELECT count(*), sum(n) FROM written', 'orders');
  expect(replicas).toEqual([primary, primary]);
  figure(`network cut and drain: ${writer.count} rows acknowledged, none lost`);
}));
