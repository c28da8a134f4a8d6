import { Client } from './support/client';
import { FailOver, namesOf } from './support/fail-over';
import { diagnosed, Namespace } from './support/namespace';
import { Instance, Replicas } from './support/replicas';
import { Runbook } from './support/runbook';
import { refuses } from './support/volume';
import { figure, sleep, timed, until } from './support/wait';

let namespace: Namespace;
let database: Replicas;
let client: Client;
let page: Runbook;
let others: { readonly failOver: FailOver; readonly switchOver: Runbook; readonly splitBrain: Runbook };
let rows: string;
const told = diagnosed(() => namespace);
const reading = { host: 'orders-db-r', user: 'orders', database: 'orders' };

beforeAll(told(async () => {
  namespace = await Namespace.create('replace');
  page = new Runbook('replace-volume.md', namespace);
  database = new Replicas(namespace, 'orders-db', { database: 'orders', instances: 3 });
  others = {
    failOver: new FailOver(database),
    switchOver: new Runbook('switch-over.md', namespace),
    // the one that goes is another pod here
    splitBrain: new Runbook('split-brain.md', namespace, { 'orders-db-0': 'orders-db-2' }),
  };
  [client] = await Promise.all([Client.create(namespace), database.start()]);
  await database.sql('CREATE TABLE items AS SELECT n, md5(n::text) FROM generate_series(1, 20000) n; ALTER TABLE items OWNER TO orders', 'orders');
  rows = await database.sql(ROWS, 'orders');
}));

afterAll(async () => {
  await namespace?.delete();
  for (const one of [page, ...Object.values(others ?? {})]) one?.delete();
});

const ROWS = 'SELECT count(*), md5(string_agg(md5, \',\' ORDER BY n)) FROM items';
const LIST = 'kubectl --namespace shop exec orders-db-0 -- psql';

async function volumeOf(instance: Instance): Promise<string> {
  return (await namespace.find('persistentvolumeclaim', `data-${instance.pod}`)).spec.volumeName;
}

async function isWhole(): Promise<void> {
  await database.streaming(2);
  expect(await database.everywhere(ROWS, 'orders')).toEqual([rows, rows, rows]);
  expect(await page.follow('Replace a volume', LIST)).toMatch(/^orders-db-1\|streaming\|\d+\norders-db-2\|streaming\|\d+\n$/);
}

test('a replica whose claim is deleted with its pod makes a new copy on a new volume', told(async () => {
  const replica = database.instance(2);
  const [before, primary] = [await volumeOf(replica), await database.life()];
  const seconds = await timed(async () => {
    await page.follow('A replica\'s', 'kubectl --namespace shop delete pvc');
    await isWhole();
  });
  figure(`volume of a replica replaced: ${seconds.toFixed(1)} s from the deletion to a replica that streams`);
  expect(await volumeOf(replica)).not.toBe(before);
  expect(await replica.logs()).toContain('prepare: clone: no-copy: ');
  expect(await page.follow('A replica\'s', 'kubectl --namespace shop exec')).toContain('state=running');
  expect(await database.life()).toEqual(primary);
}));

test('a primary whose claim is deleted with its pod initialises nothing over the replicas, which keep the data and answer reads', told(async () => {
  const before = await volumeOf(database.instance(0));
  await namespace.run(['delete', 'pvc', 'data-orders-db-0', '--wait=false']);
  await namespace.run(['delete', 'pod', 'orders-db-0']);
  await until('the primary has a new volume', 90, async () => (await volumeOf(database.instance(0))) !== before);
  await refuses(database, 'lost-primary: ');
  expect(await page.follow('The primary\'s', 'kubectl --namespace shop exec orders-db-0 -- cat')).toContain('reason=lost-primary: ');
  // longer than a first start would wait for peers
  const state = await database.instance(0).state();
  for (const end = Number(/since=(\d+)/.exec(state)![1]) + 41; Date.now() / 1000 < end;) {
    expect(await database.exec('ls', '-A', '/var/lib/postgresql')).not.toMatch(/^18$/m);
    expect(await client.sql(reading, ROWS)).toBe(rows);
    await sleep(1);
  }
  expect(await database.instance(0).state()).toBe(state);
  expect(await Promise.all([1, 2].map(async (ordinal) => database.instance(ordinal).isReady()))).toEqual([true, true]);
}));

test('a replica takes its place as the runbook says, it copies that one, and every pod has its role again', told(async () => {
  await isReplaced();
  expect(await database.instance(1).logs()).not.toContain('prepare: rejoin: ');
}));

/** A failover to the replica that has the most, which orders-db-0 copies, and back. */
async function isReplaced(): Promise<void> {
  const { failOver, switchOver } = others;
  expect(await failOver.look()).toMatch(/^orders-db-1: this pod, standby, [^]*^orders-db-0: (closed|down), [^]*^orders-db-2: standby, /m);
  const moved = await failOver.complete();
  const follow = new RegExp(`^orders-db-0\\|streaming\\|\\d+\\norders-db-${3 - moved.ordinal}\\|streaming`);
  await until('the pod of ordinal 0 follows', 120, async () =>
    follow.test(await page.follow('The primary\'s', 'kubectl --namespace shop exec orders-db-1 -- psql', namesOf(moved))));
  await switchOver.follow('Go back', 'kubectl');
  await isWhole();
  await client.sql({ ...reading, host: 'orders-db' }, 'INSERT INTO items VALUES (0, \'writes again\')');
  rows = await database.sql(ROWS, 'orders');
  await isWhole();
}

test('a replica that is promoted by mistake is told and not ready, disturbs nobody, and follows again on a new volume', told(async () => {
  const [replica, before] = [database.instance(2), await database.life()];
  await replica.sql('SELECT pg_promote()');
  await until('the replica says that it was promoted', 90, async () =>
    (await namespace.run(['describe', 'pod', replica.pod])).includes('Readiness probe failed: promoted: ') && !await replica.isReady());
  expect(await database.followers()).toEqual([1]);
  await replica.sql('CREATE TABLE only_here AS SELECT \'missed\' AS what', 'orders');
  await namespace.run(['delete', 'pod', replica.pod]);
  await until('it refuses to serve beside the primary', 120, async () => (await replica.state().catch(() => '')).includes('reason=stale-primary: '));
  const { splitBrain } = others;
  await splitBrain.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -c postgres -- touch');
  await splitBrain.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -c postgres -- bash');
  expect(splitBrain.read('orders-of-the-other-side.sql')).toContain('missed');
  await page.follow('A replica\'s', 'kubectl --namespace shop delete pvc');
  await isWhole();
  expect(await database.life()).toEqual(before);
}));

describe('all pods were stopped', () => {
  const HEADING = 'All pods were stopped';
  const begin = (): Promise<string> => page.follow(HEADING, 'kubectl --namespace shop scale');

  test('and the primary\'s claim is gone: the replicas that start first keep it from beginning anew', told(async () => {
    await begin();
    await page.follow(HEADING, 'kubectl --namespace shop delete pvc');
    await startReplicasFirst();
  }));

  test('and the primary has begun an empty database, which the replicas refuse: it is taken away, and they lend what they have', told(async () => {
    await begin();
    await namespace.run(['delete', 'pvc', 'data-orders-db-0']);
    // alone it finds nobody to ask
    await namespace.run(['scale', 'statefulset', 'orders-db', '--replicas=1']);
    await until('it has begun a database of its own', 120, async () => database.instance(0).isReady());
    expect(await database.sql('SELECT to_regclass(\'items\') IS NULL', 'orders')).toBe('t');
    await namespace.run(['scale', 'statefulset', 'orders-db', '--replicas=3']);
    await until('a replica refuses it', 120, async () => (await database.instance(2).state().catch(() => '')).includes('reason=other-system: '));
    await begin();
    await page.follow(HEADING, 'kubectl --namespace shop delete pvc');
    await startReplicasFirst();
    await isReplaced();
  }));

  async function startReplicasFirst(): Promise<void> {
    await page.follow(HEADING, 'kubectl --namespace shop patch statefulset orders-db --type merge --patch \'{"spec":{"replicas":2');
    expect(await page.follow(HEADING, 'kubectl --namespace shop exec orders-db-1')).toMatch(/^orders\|\d+$/m);
    expect(await client.sql(reading, ROWS)).toBe(rows);
    await page.follow(HEADING, 'kubectl --namespace shop patch statefulset orders-db --type merge --patch \'{"spec":{"replicas":3');
    await refuses(database, 'lost-primary: ');
  }
});
