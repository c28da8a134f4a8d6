import { Size } from 'cdk8s';
import { Database } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { NodeShell } from './support/node';
import { Runbook } from './support/runbook';
import { answer, folderOf, refuses, scaleUp, stop } from './support/volume';
import { until } from './support/wait';
import { Storage } from '../../src';

const HEADING = 'A WAL volume later';
const WITH_WAL = { walStorage: Storage.persistent(Size.gibibytes(1)) };

let namespace: Namespace;
let database: Database;
let resize: Runbook;
let maintenance: Runbook;
let rows: string;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('wal');
  [resize, maintenance] = ['resize.md', 'maintenance.md'].map((page) => new Runbook(page, namespace));
  database = new Database(namespace, 'orders-db', { database: 'orders' });
  await database.start();
  await database.sql('CREATE TABLE kept AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n', 'orders');
  rows = await database.sql(KEPT, 'orders');
}));

afterAll(async () => {
  await namespace?.delete();
  for (const page of [resize, maintenance]) page?.delete();
});

const KEPT = 'SELECT count(*), md5(string_agg(n || md5, \',\' ORDER BY n)) FROM kept';

/** The claim templates change, so the StatefulSet is made anew, and its volumes, so the pod is. */
async function replace(changes: Parameters<Database['apply']>[0]): Promise<void> {
  resize.synthesize(database.manifests(changes));
  await resize.follow(HEADING, 'kubectl --namespace shop delete statefulset');
}

test('a WAL volume that comes later is told and not used, and the log moves onto it as the runbook says', told(async () => {
  await replace(WITH_WAL);
  await database.ready();
  expect(await database.logs()).toContain('prepare: wal-stays: the WAL stays on the data volume, where this database was made; ');
  await maintenance.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -- touch');
  await until('the server is held', 60, async () => (await database.exec('cat', '/run/cdk8s-postgres/state')).includes('state=held'));
  await resize.follow(HEADING, 'kubectl --namespace shop exec orders-db-0 -- bash -c \'set -e');
  await maintenance.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -- rm');
  await database.ready();
  expect(await answer(database, KEPT)).toBe(rows);
  await resize.follow(HEADING, 'kubectl --namespace shop exec orders-db-0 -- rm');
  const place = await resize.follow(HEADING, 'kubectl --namespace shop exec orders-db-0 -- readlink');
  expect(place).toMatch(/^\/var\/lib\/postgresql-wal\/orders-db\/\d+$/m);
  // A pod that starts with the log where it is now has nothing to tell any more.
  const { uid } = (await database.findPod()).metadata;
  await namespace.run(['delete', 'pod', database.pod]);
  await database.ready({ notUid: uid });
  expect(await database.logs()).not.toContain('the WAL stays on the data volume');
  expect(await answer(database, KEPT)).toBe(rows);
}));

test('a program that forgets the WAL volume is refused, and serves when it names it again', told(async () => {
  // The last command of the block waits for a rollout that cannot end.
  const replaced = replace({}).catch(() => undefined);
  await refuses(database, /^foreign-wal: the WAL of this database is \/var\/lib\/postgresql-wal\/orders-db\/\d+, and no volume/);
  const back = replace(WITH_WAL);
  await database.ready();
  await Promise.all([replaced, back]);
  expect(await answer(database, KEPT)).toBe(rows);
}));

test('a data volume without its database is refused while the WAL volume knows one, and serves when the data is back', told(async () => {
  const node = await NodeShell.create((await database.findPod()).spec.nodeName);
  try {
    const folder = await folderOf(database);
    await stop(database);
    await node.run('mkdir "$1.former" && mv "$1"/* "$1.former"', folder);
    await scaleUp(database);
    await refuses(database, /^foreign-wal: the WAL volume belongs to the database orders-db\/\d+, and the data volume holds no database/);
    await stop(database);
    await node.run('rm -rf "$1"/* && mv "$1.former"/* "$1" && rmdir "$1.former"', folder);
    await scaleUp(database);
    await database.ready();
    expect(await answer(database, KEPT)).toBe(rows);
  } finally {
    await node.delete();
  }
}));
