import { serverStatus } from './support/database';
import type { Result } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { NodeShell } from './support/node';
import { Replicas } from './support/replicas';
import { until } from './support/wait';

// A cluster whose name service is away, for one database: its NetworkPolicy no longer lets the pods ask.

let namespace: Namespace;
let database: Replicas;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('replicas-names');
  database = new Replicas(namespace, 'names-db');
  await database.start({ instances: 2 });
}));

afterAll(async () => {
  await namespace?.delete();
});

const asks = (ordinal: number): Promise<Result> => namespace.attempt(
  ['exec', `names-db-${ordinal}`, '--', 'timeout', '3', 'getent', 'hosts', 'names-db-0.names-db-headless']);

async function withoutNames(): Promise<void> {
  const { spec: { egress } } = await namespace.find('networkpolicy', 'names-db');
  const rest = egress.filter(({ ports = [] }: any) => !ports.some(({ port }: any) => port === 53));
  expect(rest.length).toBeLessThan(egress.length);
  await namespace.run(['patch', 'networkpolicy', 'names-db', '--type=merge', '--patch', JSON.stringify({ spec: { egress: rest } })]);
  for (const ordinal of [0, 1]) await until(`pod ${ordinal} gets no answer`, 60, async () => (await asks(ordinal)).status !== 0);
}

test.each([
  ['a replica', 1], ['the primary', 0],
])('%s whose container restarts while no name is answered serves all the same, and names that are late heal it', (_, ordinal) => told(async () => {
  const instance = database.instance(ordinal);
  const pod = await instance.findPod();
  await database.sql(`CREATE TABLE before_${ordinal} AS SELECT n FROM generate_series(1, 10) n`);
  await database.everywhere(`SELECT count(*) FROM before_${ordinal}`, 'postgres');
  await withoutNames();
  const node = await NodeShell.create(pod.spec.nodeName);
  try {
    const { restartCount } = serverStatus(pod);
    await node.killFirstProcess(pod);
    await until('the container has restarted and serves', 180, async () =>
      serverStatus(await instance.findPod()).restartCount > restartCount && instance.isReady());
  } finally {
    await node.delete();
  }
  expect(await instance.sql(`SELECT count(*) FROM before_${ordinal}`)).toBe('10');
  await database.sql(`CREATE TABLE during_${ordinal} AS SELECT n FROM generate_series(1, 20) n`);
  await database.apply({ instances: 2 });
  await until('names are answered', 60, async () => (await asks(1)).status === 0);
  await database.streaming(1);
  expect(await database.everywhere(`SELECT count(*) FROM during_${ordinal}`, 'postgres')).toEqual(['20', '20']);
  expect((await instance.findPod()).metadata.uid).toBe(pod.metadata.uid);
})());
