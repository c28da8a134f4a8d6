import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from './support/client';
import { isReady } from './support/database';
import { FailOver } from './support/fail-over';
import { kubectl } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { figure, timed, until } from './support/wait';
import { Writer } from './support/writer';
import { Replication } from '../../src';

// The node of the primary loses power, and a replica takes its place by docs/runbooks/fail-over.md. Each test goes on where the one before ended.

/** A command that turns a node off as a power cut does, and on again: it is given `stop` or `start`, and the name. */
const { NODE_POWER } = process.env;

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writer: Writer;
let page: FailOver;
let node: string;
let off = false;
const told = diagnosed(() => namespace);
const write = { host: 'orders-db', user: 'orders', database: 'orders' };

beforeAll(told(async () => {
  if (!NODE_POWER) throw new Error('A node is turned off here: set NODE_POWER to a command that takes `stop NODE` and `start NODE`.');
  namespace = await Namespace.create('fail-node');
  // the primary waits for one of two, so that whatever the writer was told must be on the pod that is left
  const replication = Replication.synchronous({ quorum: 1 });
  database = new Replicas(namespace, 'orders-db', { database: 'orders', instances: 3, replication });
  page = new FailOver(database);
  await database.start();
  await alone();
  writer = await Writer.start(client, write);
}));

afterAll(async () => {
  await writer?.stop();
  if (off) await power('start');
  if (node) await kubectl(['uncordon', node]);
  await namespace?.delete();
  page?.delete();
});

/** The primary gets its node for itself: a replica beside it, as on two nodes, makes a new copy elsewhere. The application lives elsewhere, too. */
async function alone(): Promise<void> {
  node = (await database.findPod()).spec.nodeName;
  await kubectl(['cordon', node]);
  for (const replica of [1, 2].map((ordinal) => database.instance(ordinal))) {
    if ((await replica.findPod()).spec.nodeName !== node) continue;
    await namespace.run(['delete', 'pvc', `data-${replica.pod}`, '--wait=false']);
    await replica.replace();
  }
  client = await Client.create(namespace);
  await kubectl(['uncordon', node]);
  await database.streaming(2);
}

async function power(what: 'stop' | 'start'): Promise<void> {
  const [program, ...words] = NODE_POWER!.split(' ');
  // also where the command fails, nobody knows how far it came
  off ||= what === 'stop';
  await promisify(execFile)(program, [...words, what, node]);
  off = what === 'stop';
}

async function nodeIsReady(): Promise<boolean> {
  return isReady(JSON.parse(await kubectl(['get', 'node', node, '--output', 'json'])));
}

test('a lost node takes the primary along, nobody promotes, and a replica says so of the primary', told(async () => {
  await power('stop');
  const count = writer.count;
  // the cluster's name service may have been on that node
  await until('the lost one does not answer, and the other replica does', 120, async () =>
    /^orders-db-0: (down|closed), [^]*^orders-db-2: standby, /m.test(await page.look()));
  expect(await Promise.all([1, 2].map(async (ordinal) => database.instance(ordinal).sql('SELECT pg_is_in_recovery()')))).toEqual(['t', 't']);
  expect(writer.count).toBeLessThanOrEqual(count + 5);
}));

test('the page makes a replica the primary, and no confirmed row is lost', told(async () => {
  const gap = await writer.gapDuring(async () => {
    database = await page.complete();
    await writer.progress(5, 120);
  });
  figure(`node lost: longest gap between two commits ${gap.toFixed(1)} s, from the power cut to the end of the page`);
  await until('the other replica follows', 60, async () => (await database.followers()).length === 1);
  expect(await writer.lost(database, 'orders')).toEqual([]);
}));

test('the node comes back, and the old primary with it as a replica', told(async () => {
  const life = await database.life();
  await power('start');
  await until('the node is ready', 120, nodeIsReady);
  const seconds = await timed(() => database.streaming(2));
  figure(`node lost: the old primary follows ${seconds.toFixed(1)} s after its node is ready`);
  expect(await database.life()).toEqual(life);
  await page.follow('The old primary comes back', 'kubectl');
  await writer.stop();
  expect(await writer.lost(database, 'orders')).toEqual([]);
  const [first, ...others] = await database.everywhere('SELECT count(*), sum(n) FROM written', 'orders');
  expect(others).toEqual([first, first]);
}));
