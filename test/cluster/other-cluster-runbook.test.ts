import { Database } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { NodeShell } from './support/node';
import { Runbook } from './support/runbook';
import { answer, folderOf, refuses, scaleUp, stop } from './support/volume';
import { Acknowledgement } from '../../src';

let namespace: Namespace;
let orders: Database;
let carts: Database;
let node: NodeShell;
let page: Runbook;
let folders: { readonly orders: string; readonly carts: string };
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('clone');
  page = new Runbook('other-cluster.md', namespace);
  carts = new Database(namespace, 'carts-db', { database: 'orders' });
  orders = new Database(namespace, 'orders-db', { database: 'orders' });
  await Promise.all([carts.start(), orders.start()]);
  await carts.sql('CREATE TABLE kept AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n', 'orders');
  node = await NodeShell.create((await carts.findPod()).spec.nodeName);
  folders = { orders: await folderOf(orders), carts: await folderOf(carts) };
}));

afterAll(async () => {
  page?.delete();
  await namespace?.delete();
  await node?.delete();
});

const KEPT = 'SELECT count(*), md5(string_agg(n || md5, \',\' ORDER BY n)) FROM kept';

function identifier(database: Database): Promise<string> {
  return database.sql('SELECT system_identifier FROM pg_control_system()');
}

/** As a snapshot of one claim that becomes the content of another; neither has a pod. */
async function clone(from: string, to: string): Promise<void> {
  await node.run('rm -rf "$2"/* && cp -a "$1/." "$2"', from, to);
}

test('a clone is refused, can be looked at, and is taken over with every row when exactly what the pod named is acknowledged', told(async () => {
  const rows = await carts.sql(KEPT, 'orders');
  const id = await identifier(carts);
  await Promise.all([stop(carts), stop(orders)]);
  await clone(folders.carts, folders.orders);
  await scaleUp(orders);
  const reason = await refuses(orders, `other-cluster: the volume belongs to the database carts-db/${id}, declared is orders-db`);
  const [, named] = /PGSTS_ACKNOWLEDGED_CLUSTER=(\S+?);/.exec(reason)!;
  expect(named).toBe(`carts-db/${id}`);
  const looked = await page.follow('A volume of another database', 'kubectl --namespace shop get pvc,pv');
  expect(looked).toContain('name=carts-db');
  expect(looked).toContain('/var/lib/postgresql/18:');
  await orders.apply({ acknowledgements: [Acknowledgement.otherCluster(named)] });
  const { metadata: { uid } } = await orders.ready();
  expect(await answer(orders, KEPT)).toBe(rows);
  expect(await page.follow('Check', 'kubectl')).toMatch(/other-cluster: .* acknowledged by PGSTS_ACKNOWLEDGED_CLUSTER=carts-db/);
  await orders.apply();
  await orders.ready({ notUid: uid });
  expect(await answer(orders, KEPT)).toBe(rows);
}));

test('a volume that was taken over is refused by its former owner, and taken back in the same way', told(async () => {
  const rows = await orders.sql(KEPT, 'orders');
  const id = await identifier(orders);
  await stop(orders);
  await clone(folders.orders, folders.carts);
  await scaleUp(carts);
  await refuses(carts, `other-cluster: the volume belongs to the database orders-db/${id}, declared is carts-db`);
  await carts.apply({ acknowledgements: [Acknowledgement.otherCluster(`orders-db/${id}`)] });
  await carts.ready();
  expect(await answer(carts, KEPT)).toBe(rows);
}));

describe('a database whose data directory is gone', () => {
  let rows: string;
  let lost: string;

  beforeAll(told(async () => {
    await scaleUp(orders);
    await orders.ready();
    rows = await orders.sql(KEPT, 'orders');
    lost = `orders-db/${await identifier(orders)}`;
  }));

  test('is never replaced by an empty one, and serves by itself when the right files are there', told(async () => {
    await stop(orders);
    await node.run('mv "$1/18/docker" "$1.kept"', folders.orders);
    await scaleUp(orders);
    await refuses(orders, `lost-database: the volume was the home of the database ${lost}, which is gone`);
    await node.run('mv "$1.kept" "$1/18/docker"', folders.orders);
    await orders.ready();
    expect(await answer(orders, KEPT)).toBe(rows);
  }));

  test('becomes a new, empty one when exactly the lost one is acknowledged', told(async () => {
    await stop(orders);
    await node.run('rm -r "$1/18/docker"', folders.orders);
    await scaleUp(orders);
    const reason = await refuses(orders, `lost-database: the volume was the home of the database ${lost}, which is gone`);
    expect(reason).toContain(`PGSTS_ACKNOWLEDGED_CLUSTER=lost:${lost};`);
    await orders.apply({ acknowledgements: [Acknowledgement.otherCluster(lost)] });
    await refuses(orders, 'lost-database: ');
    await orders.apply({ acknowledgements: [Acknowledgement.lostCluster(lost)] });
    await orders.ready();
    expect(await answer(orders, 'SELECT count(*) FROM pg_tables WHERE tablename = \'kept\'')).toBe('0');
    expect(`orders-db/${await identifier(orders)}`).not.toBe(lost);
  }));
});
