import { Client, environment } from './support/client';
import { serverStatus } from './support/database';
import { movedTo, synthesizeExample } from './support/examples';
import { diagnosed, Namespace } from './support/namespace';
import { NodeShell } from './support/node';
import { Replicas, SECRET } from './support/replicas';
import { figure, timed, until } from './support/wait';
import { Writer } from './support/writer';

// The three pods of the example, as a user has them, and what happens to pods in the life of a cluster.

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writer: Writer;
const told = diagnosed(() => namespace);
const write = { host: 'catalog-db', user: 'catalog', database: 'catalog' };
const read = { ...write, host: 'catalog-db-r', password: SECRET.password };

beforeAll(told(async () => {
  namespace = await Namespace.create('replicas');
  database = new Replicas(namespace, 'catalog-db');
  client = await Client.create(namespace);
}));

afterEach(async () => {
  await writer?.stop();
});

afterAll(async () => {
  await namespace?.delete();
});

/** Clients saw an outage at most: what was acknowledged is on every pod. */
async function survives(what: string, fault: () => Promise<unknown>): Promise<number> {
  writer = await Writer.start(client, write);
  const gap = await writer.gapDuring(fault);
  await database.streaming(2);
  await writer.stop();
  expect(await writer.lost(database, 'catalog')).toEqual([]);
  const [primary, ...replicas] = await database.everywhere('SELECT count(*), sum(n) FROM written', 'catalog');
  expect(replicas).toEqual([primary, primary]);
  figure(`${what}: longest gap between two commits ${gap.toFixed(1)} s, ${writer.count} rows acknowledged, none lost`);
  return gap;
}

async function restarts(ordinal: number): Promise<number> {
  return serverStatus(await database.instance(ordinal).findPod()).restartCount;
}

async function readersReach(): Promise<Set<string>> {
  const script = 'for turn in {1..12}; do psql -XAtqw -c "SELECT inet_server_addr()"; done';
  const said = await client.run([...environment(read), 'bash', '-c', script]);
  return new Set(said.trim().split('\n'));
}

test('example 10 becomes a primary and two replicas that stream from it, without a container that restarts', told(async () => {
  await namespace.secret('catalog-db-credentials', SECRET);
  const seconds = await timed(async () => {
    await namespace.apply(movedTo(namespace.name, synthesizeExample('10-replicas')));
    await database.streaming(2);
  });
  figure(`example 10: apply to two replicas that stream ${seconds.toFixed(1)} s`);
  expect(await Promise.all([0, 1, 2].map(restarts))).toEqual([0, 0, 0]);
  const nodes = new Set((await database.pods()).map(({ spec }) => spec.nodeName));
  expect(nodes.size).toBeGreaterThan(1);
}));

test('a row that the primary has committed is read on every pod, and only the primary takes writes', told(async () => {
  await client.sql(write, 'CREATE TABLE items AS SELECT n FROM generate_series(1, 1000) n');
  expect(await database.everywhere('SELECT count(*) FROM items', 'catalog')).toEqual(['1000', '1000', '1000']);
  await expect(database.instance(1).sql('INSERT INTO items VALUES (0)', 'catalog')).rejects.toThrow('read-only transaction');
}));

test('the Service for reading reaches every pod, the Service for writing the primary alone', told(async () => {
  const addresses = (await database.pods()).map(({ status }) => status.podIP);
  const reached = new Set<string>();
  await until('every pod was reached', 60, async () => {
    for (const address of await readersReach()) reached.add(address);
    return reached.size === addresses.length;
  });
  expect([...reached].sort()).toEqual(addresses.sort());
  const { status: { podIP } } = await database.findPod();
  for (let turn = 0; turn < 5; turn += 1) expect(await client.sql(write, 'SELECT inet_server_addr()')).toBe(podIP);
}));

test('clients that know several hosts find the one that they want', told(async () => {
  const { data } = await namespace.find('configmap', 'catalog-addresses');
  const psql = ['env', `PGPASSWORD=${SECRET.password}`, 'psql', '-XAtqw', '-c', 'SELECT pg_is_in_recovery()', '-d'];
  const asked = (uri: string): Promise<string> => client.run([...psql, uri]);
  expect(await asked(data.write)).toBe('f\n');
  expect(await asked(data['read-from-a-replica'])).toBe('t\n');
  expect(data['read-from-a-replica']).toContain('target_session_attrs=prefer-standby');
  expect(await asked(data['read-from-a-replica'].replace('prefer-standby', 'primary'))).toBe('f\n');
  expect(await asked(data['read-from-a-replica'].replace('prefer-standby', 'read-write'))).toBe('f\n');
}));

test('the disruption budget allows one pod, and no second one', told(async () => {
  const budget = await until('the budget is counted', 30, async () => {
    const found = await namespace.find('poddisruptionbudget', 'catalog-db');
    return found?.status.disruptionsAllowed === 1 && found;
  });
  expect(budget.status).toMatchObject({ expectedPods: 3, currentHealthy: 3, desiredHealthy: 2 });
  expect(budget.spec.unhealthyPodEvictionPolicy).toBe('AlwaysAllow');
}));

test('a replica\'s pod that is deleted comes back on its volume and streams, and no client notices', told(async () => {
  const gap = await survives('replica deleted', () => database.instance(2).replace());
  expect(gap).toBeLessThan(5);
  expect(await database.instance(2).logs()).not.toContain('prepare: clone: ');
}));

test('a deleted pod of the primary comes back as the primary; its replicas answer meanwhile and follow again without a new copy', told(async () => {
  const logs = async (): Promise<string> => (await database.instance(1).logs()) + (await database.instance(2).logs());
  const before = (await logs()).split('prepare: clone: ').length;
  const answers: string[] = [];
  let deleting = true;
  const reader = (async () => {
    while (deleting) {
      const replica = { ...read, host: 'catalog-db-1.catalog-db-headless' };
      const { status, stdout, stderr } = await client.attemptSql(replica, 'SELECT count(*) FROM items');
      answers.push(status === 0 ? stdout.trim() : stderr);
    }
  })();
  await survives('primary deleted', () => database.instance(0).replace());
  deleting = false;
  await reader;
  expect(new Set(answers)).toEqual(new Set(['1000']));
  expect((await logs()).split('prepare: clone: ').length).toBe(before);
  expect(await database.sql('SELECT timeline_id FROM pg_control_checkpoint()')).toBe('1');
}));

test.each([
  ['the primary', 0], ['a replica', 1],
])('PID 1 of %s that is killed takes its server with it and nothing else', (what, ordinal) => told(async () => {
  const instance = database.instance(ordinal);
  const pod = await instance.findPod();
  const node = await NodeShell.create(pod.spec.nodeName);
  try {
    await survives(`PID 1 of ${what} killed`, async () => {
      await node.killFirstProcess(pod);
      await until('the container has restarted', 90, async () => (await restarts(ordinal)) === 1 && instance.isReady());
    });
  } finally {
    await node.delete();
  }
  expect((await instance.findPod()).metadata.uid).toBe(pod.metadata.uid);
})());
