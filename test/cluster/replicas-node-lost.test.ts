import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Size } from 'cdk8s';
import { Client } from './support/client';
import { isReady } from './support/database';
import { attempt, kubectl } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { Runbook } from './support/runbook';
import { figure, timed, until } from './support/wait';
import { Writer } from './support/writer';
import { Storage } from '../../src';

/** A class whose volumes follow a pod to any node. */
const MOVING_CLASS = process.env.SHARED_STORAGE_CLASS ?? 'any-node';

/** A command that turns a node off as a power cut does, and on again: it is given `stop` or `start`, and the name. */
const { NODE_POWER } = process.env;

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writer: Writer;
let page: Runbook;
let node: string;
let off = false;
const told = diagnosed(() => namespace);
const write = { host: 'orders-db', user: 'orders', database: 'orders' };

beforeAll(told(async () => {
  if (!NODE_POWER) throw new Error('A node is turned off here: set NODE_POWER to a command that takes `stop NODE` and `start NODE`.');
  namespace = await Namespace.create('lost-node');
  const storage = Storage.persistent(Size.gibibytes(1), { storageClass: MOVING_CLASS });
  database = new Replicas(namespace, 'orders-db', { database: 'orders', instances: 3, storage });
  await database.start();
  node = (await database.findPod()).spec.nodeName;
  page = new Runbook('lost-node.md', namespace, { 'node-2': node });
  // the application lives
  await kubectl(['cordon', node]);
  client = await Client.create(namespace);
  await kubectl(['uncordon', node]);
  writer = await Writer.start(client, write);
}));

afterAll(async () => {
  await writer?.stop();
  if (off) await power('start');
  if (node) {
    await kubectl(['uncordon', node]);
    await attempt(['taint', 'node', node, 'node.kubernetes.io/out-of-service-']);
  }
  await namespace?.delete();
  page?.delete();
});

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

async function elsewhere(): Promise<any[]> {
  return (await database.pods()).filter(({ spec }) => spec.nodeName !== node);
}

test('a lost node takes the primary along, and the replicas of other nodes answer reads', told(async () => {
  const left = await elsewhere();
  expect(left.length).toBeGreaterThan(0);
  await power('stop');
  const replica = { ...write, host: `${left[0].metadata.name}.orders-db-headless` };
  // the cluster's name service may have been on that node
  const count = await until('a replica answers by its name', 90, async () => {
    const { status, stdout } = await client.attemptSql(replica, 'SELECT count(*) FROM written');
    return status === 0 && stdout.trim();
  });
  expect(Number(count)).toBeGreaterThan(0);
  const seconds = await timed(() => until('the node counts as lost', 120, async () => !await nodeIsReady()));
  for (const { metadata: { name } } of left) {
    const instance = database.instance(Number(name.split('-').pop()));
    expect(await instance.sql('SELECT count(*) FROM written', 'orders')).toBe(count);
    expect(await instance.isReady()).toBe(true);
  }
  expect(await page.follow('A node is lost', 'kubectl get pods')).toContain('orders-db-0');
  figure(`node lost: noticed by Kubernetes after ${seconds.toFixed(1)} s`);
}));

test('fault 40: the node is declared out of service, and the primary starts elsewhere with every acknowledged row', told(async () => {
  const gap = await writer.gapDuring(async () => {
    await page.follow('Steps', 'kubectl taint');
    await until('the primary is ready on another node', 180, async () => {
      const pod = await database.findPod();
      return isReady(pod) && pod.spec.nodeName !== node;
    });
    await page.follow('Steps', 'kubectl --namespace shop wait');
    await writer.progress(5, 120);
  });
  await database.streaming(2);
  expect(await elsewhere()).toHaveLength(3);
  figure(`node lost: longest gap between two commits ${gap.toFixed(1)} s, the grace of a node that is not heard of included`);
  expect(await page.follow('Check', 'kubectl --namespace shop exec')).toMatch(/^orders-db-1\|streaming\|\d+\norders-db-2\|streaming\|\d+\n$/);
}));

test('the node that comes back takes pods again and disturbs none', told(async () => {
  const before = await database.life();
  await power('start');
  await until('the node is ready', 120, nodeIsReady);
  expect(await page.follow('Afterwards', 'kubectl taint')).toContain('untainted');
  await database.streaming(2);
  expect(await database.life()).toEqual(before);
  await writer.stop();
  expect(await writer.lost(database, 'orders')).toEqual([]);
  const [primary, ...replicas] = await database.everywhere('SELECT count(*), sum(n) FROM written', 'orders');
  expect(replicas).toEqual([primary, primary]);
}));
