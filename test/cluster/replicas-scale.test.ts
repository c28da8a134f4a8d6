import { PASSWORD } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { Runbook } from './support/runbook';
import { figure, timed, until } from './support/wait';

// Replicas come and go as the runbook says, around a primary that never notices. Each test goes on where the one before ended.

let namespace: Namespace;
let database: Replicas;
let page: Runbook;
let life: unknown;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('scale');
  page = new Runbook('replicas.md', namespace);
  database = new Replicas(namespace, 'orders-db', { database: 'orders' });
  await namespace.secret('orders-db-credentials', { password: PASSWORD });
  await database.apply();
  await database.ready();
  await database.sql('CREATE TABLE items AS SELECT n, md5(n::text) FROM generate_series(1, 10000) n', 'orders');
  life = await database.life();
}));

afterEach(told(async () => {
  // the pod and the server of the beginning, whatever became of the others
  expect(await database.life()).toEqual(life);
}));

afterAll(async () => {
  await namespace?.delete();
  page?.delete();
});

const ROWS = 'SELECT count(*), md5(string_agg(md5, \',\' ORDER BY n)) FROM items';

/** Every pod has what the primary has. */
async function agree(): Promise<void> {
  const [first, ...others] = await database.everywhere(ROWS, 'orders');
  expect(others).toEqual(others.map(() => first));
}

async function alone(): Promise<void> {
  await until('the primary is alone', 120, async () => (await database.pods()).length === 1);
}

async function copies(): Promise<number[]> {
  return Promise.all([1, 2].map(async (ordinal) => (await database.instance(ordinal).logs()).split('prepare: clone: ').length - 1));
}

async function slots(): Promise<string> {
  return (await database.sql('SELECT slot_name FROM pg_replication_slots ORDER BY 1')).replaceAll('\n', ' ');
}

/** So much is written that the log that a replica of before would need is not there any more. */
async function recycle(): Promise<void> {
  // what the agent does when they were unused for a minute
  await database.sql('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active');
  const before = await database.sql('SELECT min(name) FROM pg_ls_waldir() WHERE length(name) = 24');
  await until('the log is gone', 60, async () => {
    await database.sql('INSERT INTO items SELECT m + n, md5(n::text) FROM (SELECT max(n) AS m FROM items), generate_series(1, 1000) n', 'orders');
    await database.sql('SELECT pg_switch_wal()');
    await database.sql('CHECKPOINT');
    return (await database.sql(`SELECT count(*) FROM pg_ls_waldir() WHERE name = '${before}'`)) === '0';
  });
}

test('add replicas: without the key of their password they wait and say so, with it two copies are made', told(async () => {
  page.synthesize(database.manifests({ instances: 3 }));
  await page.follow('Add replicas', 'kubectl apply');
  await until('a replica says what is missing', 90, async () =>
    (await page.follow('A pod waits', 'kubectl')).includes('no key replication-password'));
  await page.follow('Add replicas', 'kubectl --namespace shop patch secret');
  await page.follow('Add replicas', 'kubectl --namespace shop annotate');
  const seconds = await timed(() => database.streaming(2));
  figure(`scale 1 → 3: ${seconds.toFixed(1)} s from the password to two replicas that stream`);
  await agree();
  expect(await copies()).toEqual([1, 1]);
  const list = await page.follow('Check', 'kubectl --namespace shop exec orders-db-0 -- psql');
  expect(list).toMatch(/^orders-db-1\|streaming\|\d+\norders-db-2\|streaming\|\d+\n$/);
  expect(await page.follow('Check', 'kubectl --namespace shop get')).toMatch(/orders-db-0 +1\/1[^]*orders-db-1 +1\/1[^]*orders-db-2 +1\/1/);
}));

test('remove replicas: their pods go, their claims stay', told(async () => {
  page.synthesize(database.manifests({ instances: 1 }));
  await page.follow('Remove replicas', 'kubectl apply');
  await alone();
  expect(await page.follow('Remove replicas', 'kubectl --namespace shop get pvc'))
    .toMatch(/data-orders-db-0[^]*data-orders-db-1[^]*data-orders-db-2/);
  // kubectl leaves it where it is, and it keeps nothing from going
  expect((await namespace.find('poddisruptionbudget', 'orders-db')).status).toMatchObject({ expectedPods: 1, disruptionsAllowed: 1 });
}));

test('kubectl scale: volumes of before whose log the primary no longer has are copied anew', told(async () => {
  await recycle();
  await page.follow('By hand', 'kubectl --namespace shop scale statefulset orders-db --replicas=3');
  const seconds = await timed(() => database.streaming(2));
  figure(`kubectl scale 1 → 3 over stale volumes: ${seconds.toFixed(1)} s`);
  expect(await database.instance(2).logs()).toContain('prepare: clone: wal-gone: ');
  expect(await copies()).toEqual([1, 1]);
  await agree();
  await database.instance(1).exec('bash', '-c', '! ls -d /var/lib/postgresql/18/.[a-z]* /var/lib/postgresql/18/docker.* 2>/dev/null');
}));

test('kubectl scale and apply: volumes of before that need only what is still there stream at once', told(async () => {
  await page.follow('By hand', 'kubectl --namespace shop scale statefulset orders-db --replicas=1');
  await alone();
  await database.sql('INSERT INTO items VALUES (0, \'meanwhile\')', 'orders');
  await database.apply({ instances: 3 });
  await database.streaming(2);
  expect(await copies()).toEqual([0, 0]);
  await agree();
  expect(await slots()).toBe('pod_1 pod_2');
}));

test('what was kept of a copy that had been written to is shown and taken away as the page says', told(async () => {
  const heading = 'A copy was kept';
  await database.instance(1).exec('bash', '-e', '-c', `cd /var/lib/postgresql
    mkdir 18/docker.diverged-20261121T200000Z diverged-20261121T200000Z
    echo committed_transactions=7 >diverged-20261121T200000Z/summary`);
  const shown = await page.follow(heading, 'kubectl --namespace shop exec orders-db-1 -- bash -c \'shopt');
  expect(shown).toMatch(/\s18\/docker\.diverged-20261121T200000Z[^]*committed_transactions=7/);
  await page.follow(heading, 'kubectl --namespace shop exec orders-db-1 -- bash -c \'rm');
  expect(await database.instance(1).exec('bash', '-c', 'ls /var/lib/postgresql /var/lib/postgresql/18')).not.toContain('diverged');
  expect(await database.followers()).toEqual([1, 2]);
}));

test('remove replicas for good: the claims of what is gone are deleted, and the next replica makes a new copy', told(async () => {
  await database.apply({ instances: 2 });
  await until('the pod is gone', 90, async () => (await database.pods()).length === 2);
  await page.follow('Remove replicas', 'kubectl --namespace shop delete pvc');
  expect(await namespace.find('persistentvolumeclaim', 'data-orders-db-2')).toBeUndefined();
  await database.streaming(1);
}));
