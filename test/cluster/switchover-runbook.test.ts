import { Size } from 'cdk8s';
import { Client } from './support/client';
import { containersOf, Hold } from './support/faults';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { Runbook } from './support/runbook';
import { figure, sleep, timed, until } from './support/wait';
import { Writer } from './support/writer';
import { Cpu, Exposure } from '../../src';

// docs/runbooks/switch-over.md, from its first line to its last. Each test goes on where the one before ended.

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writer: Writer;
let page: Runbook;
const told = diagnosed(() => namespace);
const write = { host: 'orders-db', user: 'orders', database: 'orders' };
const PROGRAM = 'By the program';
const HAND = 'Without the program';
const LIST = 'kubectl --namespace shop exec orders-db-';

beforeAll(told(async () => {
  namespace = await Namespace.create('switch-page');
  page = new Runbook('switch-over.md', namespace);
  database = new Replicas(namespace, 'orders-db', {
    database: 'orders',
    instances: 3,
    resources: { cpu: Cpu.millis(400), memory: Size.mebibytes(256) },
    exposure: Exposure.nodePort({ acknowledgePlainText: true, acknowledgeAnySource: true }),
  });
  [client] = await Promise.all([Client.create(namespace), database.start()]);
  // an application that connects for every row sees the Service as it is
  writer = await Writer.start(client, write, { rowsPerSession: 1 });
}));

afterAll(async () => {
  await writer?.stop();
  await namespace?.delete();
  page?.delete();
});

/** Follows a block that declares `ordinal`; returns the longest time without a commit. */
async function declared(ordinal: number, block: () => Promise<unknown>): Promise<number> {
  const moved = database.movedTo(ordinal);
  const gap = await writer.gapDuring(async () => {
    await block();
    await sleep(5);
    await moved.streaming(2);
  });
  database = moved;
  return gap;
}

/** What the three pods say that they wait for. */
function waits(): Promise<string> {
  return page.follow('Check', 'for pod in');
}

test('by the program: apply and annotate move Service and primary together, and restart no pod', told(async () => {
  const before = await containersOf(database);
  const top = 'Switch over: move the primary to another pod';
  expect(await page.follow(top, 'kubectl --namespace shop get pods')).toMatch(/^orders-db-0 +1\/1 [^]*^orders-db-2 +1\/1 /m);
  expect(await page.follow(top, `${LIST}0`)).toMatch(/^orders-db-1\|streaming\|\d+\norders-db-2\|streaming\|\d+\n$/);
  page.synthesize(database.movedTo(1).manifests());
  const gap = await declared(1, () => page.follow(PROGRAM, 'kubectl apply'));
  figure(`switchover by the program, annotated: a new session through the Service for every row, longest gap ${gap.toFixed(2)} s`);
  expect(await page.follow('Check', `${LIST}1`)).toMatch(/^orders-db-0\|streaming\|\d+\norders-db-2\|streaming\|\d+\n$/);
  expect(await page.follow('Check', 'kubectl --namespace shop logs'))
    .toMatch(/^\S+ orders-db-1 switchover: takes over from orders-db-0\.orders-db-headless\n\S+ orders-db-1 switchover: this server is the primary now\n$/);
  await until('nobody waits', 60, async () => (await waits()) === '');
  expect(await containersOf(database)).toEqual(before);
}));

test('by hand: there and back, and whoever repeats it changes nothing', told(async () => {
  const before = await containersOf(database);
  const back = await declared(0, () => page.follow('Go back', 'kubectl'));
  const there = await declared(1, () => page.follow(HAND, 'kubectl'));
  figure(`switchovers by hand: a new session through the Service for every row, longest gaps ${back.toFixed(2)} and ${there.toFixed(2)} s`);
  const life = await database.life();
  expect(await page.follow(HAND, 'kubectl')).toMatch(/orders-db-topology patched \(no change\)\n[^]*service\/orders-db patched \(no change\)/);
  await database.streaming(2);
  expect(await database.life()).toEqual(life);
  expect(await containersOf(database)).toEqual(before);
  await declared(0, () => page.follow('Go back', 'kubectl'));
}));

test('for a pod that does not follow, the primary goes on writing and says so; when that pod is back, it takes over by itself', told(async () => {
  const before = await database.life();
  const hold = await Hold.of(database.instance(1));
  await page.follow(HAND, 'kubectl');
  await until('the primary waits', 60, async () => /^switchover-waits: orders-db-1\S* .*this server goes on writing/m.test(await waits()));
  expect(await database.instance(0).isReady()).toBe(true);
  // the Service leads to a pod without a server: only who knows the primary's own name writes
  expect(await client.sql({ ...write, host: 'orders-db-0.orders-db-headless' }, 'CREATE TABLE meanwhile AS SELECT 1 AS n; SELECT n FROM meanwhile')).toBe('1');
  await page.follow('Go back', 'kubectl');
  await writer.progress();
  expect(await database.life()).toEqual(before);

  await page.follow(HAND, 'kubectl');
  await until('the primary waits again', 60, async () => (await waits()).includes('switchover-waits: '));
  const moved = database.movedTo(1);
  const seconds = await timed(async () => {
    await hold.release();
    await moved.streaming(2);
  });
  database = moved;
  await writer.progress();
  figure(`a declared pod that was away takes over ${seconds.toFixed(1)} s after it is back`);
}));

test('the rights that the page names are enough, by the names of the pods, and reach nothing else', told(async () => {
  await namespace.apply(MOVER);
  const asMover = ['--as', `system:serviceaccount:${namespace.name}:mover`];
  const patch = (kind: string, name: string, text: string): Promise<unknown> => namespace.run(['patch', kind, name, '--patch', text, ...asMover]);
  await expect(patch('statefulset', 'orders-db', '{"spec":{"replicas":1}}')).rejects.toThrow('forbidden');
  await expect(patch('configmap', 'orders-db-reload', '{"data":{"reload.conf":""}}')).rejects.toThrow('forbidden');
  await declared(0, async () => {
    await patch('configmap', 'orders-db-topology', '{"data":{"primary":"0\\n"}}');
    await patch('service', 'orders-db', '{"spec":{"selector":{"statefulset.kubernetes.io/pod-name":"orders-db-0"}}}');
    await namespace.run(['annotate', 'pod', ...PODS, '--overwrite', `cdk8s-postgres/topology=${Date.now()}`, ...asMover]);
  });
}));

const PODS = ['orders-db-0', 'orders-db-1', 'orders-db-2'];
const RULES = [
  { apiGroups: [''], resources: ['configmaps'], resourceNames: ['orders-db-topology'], verbs: ['get', 'patch'] },
  { apiGroups: [''], resources: ['services'], resourceNames: ['orders-db'], verbs: ['get', 'patch'] },
  { apiGroups: [''], resources: ['pods'], resourceNames: PODS, verbs: ['get', 'patch'] },
];
const MOVER = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'mover' } },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'mover' }, rules: RULES },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'mover' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'mover' },
    subjects: [{ kind: 'ServiceAccount', name: 'mover' }],
  },
];

test('clients from outside come to the old primary, which only reads, until their Service is moved by hand, too', told(async () => {
  const outside = { ...write, host: 'orders-db-external' };
  const attempt = (): ReturnType<Client['attemptSql']> => client.attemptSql(outside, 'INSERT INTO outside VALUES (1)');
  await client.sql(write, 'CREATE TABLE outside (n int)');
  await database.movedTo(0).apply();
  await until('they reach the primary', 30, async () => (await attempt()).status === 0);
  await declared(1, () => page.follow(HAND, 'kubectl'));
  expect((await attempt()).stderr).toContain('read-only transaction');
  await page.follow('Clients from outside', 'kubectl');
  await until('they reach the new primary', 30, async () => (await attempt()).status === 0);
}));

test('through all of these no acknowledged row was lost, on any pod', told(async () => {
  await writer.stop();
  expect(await writer.lost(database, 'orders')).toEqual([]);
  const [first, ...others] = await database.everywhere('SELECT count(*), sum(n) FROM written', 'orders');
  expect(others).toEqual([first, first]);
  figure(`switchovers by the page: ${writer.count} rows acknowledged, none lost`);
}));
