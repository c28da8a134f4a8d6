import { Cron, Size } from 'cdk8s';
import { Database } from './support/database';
import { kubectl } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { until } from './support/wait';
import { Backup, BackupTarget, Cpu, StorageAccessMode } from '../../src';

/** A class whose volumes several nodes mount at once. */
const SHARED_CLASS = process.env.SHARED_STORAGE_CLASS ?? 'any-node';

let namespace: Namespace;
let database: Database;
let nodes: string[];
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  nodes = JSON.parse(await kubectl(['get', 'nodes', '--output', 'json'])).items.map(({ metadata }: any) => metadata.name);
  if (nodes.length < 2) throw new Error('two Jobs on two nodes need a cluster of at least two nodes');
  namespace = await Namespace.create('two-nodes');
  const target = BackupTarget.volume(Size.gibibytes(1), { storageClass: SHARED_CLASS, accessMode: StorageAccessMode.READ_WRITE_MANY });
  const resources = { cpu: Cpu.millis(50), memory: Size.mebibytes(128) };
  database = new Database(namespace, 'orders-db', { backups: [Backup.logical({ schedule: Cron.annually(), target, resources })] });
  await database.start({}, { 'backup-password': 'backups' });
  await database.sql('CREATE TABLE orders AS SELECT n FROM generate_series(1, 1000) n');
}));

afterAll(async () => {
  await namespace?.delete();
});

/** A Job as one makes it by hand, on this node and no other. */
async function start(name: string, node: string): Promise<void> {
  const job = JSON.parse(await namespace.run(['create', 'job', name, '--from=cronjob/orders-db-backup', '--dry-run=client', '--output=json']));
  Object.assign(job.spec.template.spec, { nodeName: node, affinity: undefined });
  job.spec.backoffLimit = 0;
  await namespace.run(['create', '--filename=-'], { input: JSON.stringify(job) });
}

async function state(name: string): Promise<{ readonly node: string; readonly phase: string; readonly log: string }> {
  const [pod] = await namespace.list('pods', `job-name=${name}`);
  return { node: pod.spec.nodeName, phase: pod.status.phase, log: await namespace.run(['logs', `job/${name}`]) };
}

test('of two Jobs at once on two nodes one makes the backup, and the other says who does', told(async () => {
  const session = database.sql('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(30); COMMIT');
  await start('first', nodes[0]);
  await until('the first Job waits for the table', 60, async () => (await database.sql('SELECT count(*) FROM pg_locks WHERE NOT granted')) !== '0');
  await start('second', nodes[1]);
  await until('the second Job has failed', 90, async () => (await namespace.find('job', 'second')).status.failed >= 1);
  const second = await state('second');
  expect(second).toMatchObject({ node: nodes[1], phase: 'Failed', log: expect.stringMatching(/another backup runs on this claim \(first-\S+ since /) });
  await session;
  await until('the first Job is complete', 120, async () => (await namespace.find('job', 'first')).status.succeeded === 1);
  expect(await state('first')).toMatchObject({ node: nodes[0], phase: 'Succeeded' });
}));
