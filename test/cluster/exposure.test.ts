import { connect } from 'node:net';
import { Client } from './support/client';
import { Database } from './support/database';
import { kubectl } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { reaches, settles } from './support/reach';
import { Runbook } from './support/runbook';
import { until } from './support/wait';
import { Exposure, ExternalTrafficPolicy, NetworkAccess } from '../../src';

let namespace: Namespace;
let database: Database;
let node: string;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('exposure');
  database = new Database(namespace, 'orders-db');
  await database.start();
  const { spec: { nodeName } } = await database.findPod();
  const { status: { addresses } } = JSON.parse(await kubectl(['get', 'node', nodeName, '--output', 'json']));
  node = addresses.find(({ type }: { type: string }) => type === 'InternalIP').address;
}));

afterAll(async () => {
  await namespace?.delete();
});

/** Asks for TLS, which every PostgreSQL server answers with one letter, from this machine, which is no node. */
function answer(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: node, port, timeout: 3000 });
    const end = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.on('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.on('data', (data) => end(data.toString('latin1') === 'N'));
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
    socket.on('close', () => end(false));
  });
}

/** The address that a client outside of the cluster has for the nodes. */
function ownAddress(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: node, port, timeout: 3000 }, () => {
      resolve(socket.localAddress!);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function expose(exposure: Exposure, networkAccess = NetworkAccess.sameNamespace()): Promise<{ readonly spec: any; readonly port: number }> {
  await database.apply({ exposure, networkAccess });
  const { spec } = await namespace.find('service', 'orders-db-external');
  return { spec, port: spec.ports[0].nodePort };
}

const acknowledgePlainText = true;

test('a port of the nodes is reached from the addresses that are named and from no others', told(async () => {
  const before = await database.life();
  const everybody = await expose(Exposure.nodePort({ acknowledgePlainText, acknowledgeAnySource: true }));
  await settles('from anywhere', true, () => answer(everybody.port));
  const address = await ownAddress(everybody.port);
  const others = await expose(Exposure.nodePort({ acknowledgePlainText, sourceRanges: ['203.0.113.0/24'] }));
  expect(others.port).toBe(everybody.port);
  await settles('from an address that is not named', false, () => answer(others.port));
  const named = await expose(Exposure.nodePort({ acknowledgePlainText, sourceRanges: ['203.0.113.0/24', `${address}/32`] }));
  await settles('from an address that is named', true, () => answer(named.port));
  expect(await database.life()).toEqual(before);
}));

test('where every node passes traffic on, the named clients are let in', told(async () => {
  const { port } = await expose(Exposure.nodePort({ acknowledgePlainText, acknowledgeAnySource: true }));
  const address = await ownAddress(port);
  const { spec, port: portOfBalancer } = await expose(Exposure.loadBalancer({
    acknowledgePlainText,
    acknowledgeAnySource: true,
    sourceRanges: [`${address}/32`],
    trafficPolicy: ExternalTrafficPolicy.CLUSTER,
    nodeRanges: [`${node}/32`],
  }));
  expect(spec.externalTrafficPolicy).toBe('Cluster');
  await settles('through a node', true, () => answer(portOfBalancer));
}));

test('a port of the nodes leads around the ranges of a load balancer, until it is taken away as the runbook does it', told(async () => {
  const ranges = { acknowledgePlainText, sourceRanges: ['198.51.100.0/24'] };
  const unrestricted = NetworkAccess.unrestricted();
  const { port } = await expose(Exposure.loadBalancer({ ...ranges, acknowledgeAnySource: true }), unrestricted);
  await namespace.run(['delete', 'networkpolicy', 'orders-db', '--ignore-not-found']);
  await settles('around the ranges', true, () => answer(port));
  const kept = await expose(Exposure.loadBalancer({ ...ranges, allocateNodePorts: false }), unrestricted);
  expect([kept.port, kept.spec.allocateLoadBalancerNodePorts]).toEqual([port, false]);
  const page = new Runbook('expose.md', namespace);
  try {
    await page.follow('The ports of the nodes', 'kubectl');
    await settles('by a port that is gone', false, () => answer(port));
    expect((await expose(Exposure.loadBalancer({ ...ranges, allocateNodePorts: false }), unrestricted)).port).toBeUndefined();
  } finally {
    page.delete();
  }
}));

test('the commands of the runbook tell who gets in, whom the server sees, and take the way from outside back', told(async () => {
  const page = new Runbook('expose.md', namespace);
  try {
    page.synthesize(database.manifests({ exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges: ['198.51.100.0/24'] }) }));
    await page.follow('With a load balancer', 'kubectl apply');
    expect(await page.follow('With a load balancer', 'kubectl --namespace shop get service')).toMatch(/LoadBalancer .* <pending> +5432:\d+\/TCP/);
    expect(await page.follow('With a port of the nodes', 'kubectl')).toBe(node);
    expect(await page.follow('Check', 'kubectl --namespace shop describe')).toMatch(/CIDR: 198\.51\.100\.0\/24[^]*\["198\.51\.100\.0\/24"\]/);
    const inside = await Client.create(namespace, { name: 'seen' });
    const { status: { podIP } } = await namespace.find('pod', 'seen');
    const sleeping = inside.sql({ host: 'orders-db' }, 'SELECT pg_sleep(20)');
    await until('the server sees the client', 15, async () => (await page.follow('Check', 'kubectl --namespace shop exec')).includes(`app|${podIP}`));
    await sleeping;
    page.synthesize(database.manifests());
    await page.follow('Go back', 'kubectl apply');
    expect(await namespace.find('service', 'orders-db-external')).toBeUndefined();
    expect(await page.follow('Check', 'kubectl --namespace shop describe').catch((error: Error) => error.message)).not.toContain('198.51.100.0/24');
  } finally {
    page.delete();
  }
}));

test('a load balancer is taken by the API server as it was written, and clients inside do not notice', told(async () => {
  const { spec } = await expose(Exposure.loadBalancer({
    acknowledgePlainText,
    sourceRanges: ['198.51.100.0/24', '203.0.113.0/24'],
    loadBalancerClass: 'example.com/internal',
    port: 15432,
    annotations: { 'example.com/pool': 'databases' },
  }));
  expect(spec).toMatchObject({
    type: 'LoadBalancer',
    loadBalancerClass: 'example.com/internal',
    loadBalancerSourceRanges: ['198.51.100.0/24', '203.0.113.0/24'],
    externalTrafficPolicy: 'Local',
    ports: [{ port: 15432, targetPort: 'postgresql' }],
  });
  const inside = await Client.create(namespace);
  await settles('inside', true, () => reaches(inside, { host: 'orders-db' }));
}));
