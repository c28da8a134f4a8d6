import { Size } from 'cdk8s';
import { Client, Connection, environment } from './support/client';
import { isReady } from './support/database';
import { containersOf } from './support/faults';
import type { Result } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { figure, sleep, until } from './support/wait';
import { Writer } from './support/writer';
import { Cpu } from '../../src';

// The primary moves while clients of every kind write. Each test goes on where the one before ended.

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writers: Record<'service' | 'hosts' | 'anew', Writer>;
const told = diagnosed(() => namespace);
const write: Connection = { host: 'orders-db', user: 'orders', database: 'orders' };
const hosts = [0, 1, 2].map((ordinal) => `orders-db-${ordinal}.orders-db-headless`).join(',');

/** What is measured here shall not be what other pods leave of the processors. */
const ENOUGH = { cpu: Cpu.millis(400), memory: Size.mebibytes(256) };

beforeAll(told(async () => {
  namespace = await Namespace.create('switchover');
  database = new Replicas(namespace, 'orders-db', { database: 'orders', instances: 3, resources: ENOUGH });
  [client] = await Promise.all([Client.create(namespace), database.start()]);
  writers = {
    service: await Writer.start(client, write, { table: 'by_service' }),
    hosts: await Writer.start(client, { ...write, host: hosts, session: 'read-write' }, { table: 'by_hosts' }),
    anew: await Writer.start(client, write, { table: 'by_new_sessions', rowsPerSession: 1 }),
  };
}));

afterAll(async () => {
  for (const writer of Object.values(writers ?? {})) await writer.stop();
  await namespace?.delete();
});

interface Gaps {
  readonly service: number;
  readonly hosts: number;
  readonly anew: number;
}

/** What each kind of client saw, at most. */
async function gapsDuring(what: string, body: () => Promise<unknown>): Promise<Gaps> {
  const done = body();
  const order = [writers.service, writers.hosts, writers.anew];
  const [service, known, anew] = await Promise.all(order.map(async (writer) => writer.gapDuring(() => done)));
  figure(`${what}: longest gap between two commits: one session through the Service ${service.toFixed(2)} s, `
    + `one that knows all hosts ${known.toFixed(2)} s, a new session through the Service for every row ${anew.toFixed(2)} s`);
  return { service, hosts: known, anew };
}

/** Applies the program with the primary there; `look` says that the kubelets are told to look at once. */
async function moveTo(ordinal: number, look: boolean): Promise<void> {
  const moved = database.movedTo(ordinal);
  await moved.apply();
  if (look) await moved.refreshAll();
  // who looks all the time takes the processors that are measured
  await sleep(look ? 5 : 20);
  await moved.streaming(2);
  database = moved;
}

test('there and back and to a third pod: no container restarts, nothing is copied or rewound', told(async () => {
  const before = await containersOf(database);
  for (const ordinal of [1, 0, 2]) {
    const gaps = await gapsDuring(`switchover to ${ordinal}, annotated`, () => moveTo(ordinal, true));
    // far below on a machine that does nothing else
    expect(Math.max(gaps.service, gaps.hosts, gaps.anew)).toBeLessThan(30);
  }
  expect(await containersOf(database)).toEqual(before);
  for (const ordinal of [0, 1, 2]) {
    const log = await database.instance(ordinal).logs();
    expect(log.split('prepare: clone: ')).toHaveLength(ordinal === 0 ? 1 : 2);
    expect(log).not.toContain('prepare: rejoin: ');
  }
}));

test('every pod is ready all the time but the one that steps down, and readers are served', told(async () => {
  const reader = { ...write, host: 'orders-db-r' };
  let moving = true;
  const least: number[] = [];
  const failures: string[] = [];
  const watcher = (async () => {
    while (moving) {
      least.push((await database.pods()).filter(isReady).length);
      const { status, stderr } = await client.attemptSql(reader, 'SELECT count(*) FROM by_service');
      if (status !== 0) failures.push(stderr);
    }
  })();
  await moveTo(0, true);
  moving = false;
  await watcher;
  expect(Math.min(...least)).toBeGreaterThanOrEqual(2);
  // a reader may have been on the server that stops, or have gone there a moment later
  expect(failures.length).toBeLessThanOrEqual(3);
}));

test('without the annotation it comes about by itself, as soon as the topology reaches the pods', told(async () => {
  const gaps = await gapsDuring('switchover to 1, not annotated', () => moveTo(1, false));
  // who has a session, or knows all hosts, does not wait for the kubelets
  expect(Math.max(gaps.service, gaps.hosts)).toBeLessThan(30);
  expect(gaps.anew).toBeLessThan(150);
}));

test('the topology reaches all pods, where their annotations change and where not; both times are printed', told(async () => {
  for (const [ordinal, look] of [[0, true], [1, false]] as const) {
    const moved = database.movedTo(ordinal);
    const file = '/etc/cdk8s-postgres/topology/primary';
    const since = Date.now();
    const reached = Promise.all([0, 1, 2].map(async (pod) => {
      await database.instance(pod).exec('bash', '-c', `until [[ $(<${file}) == ${ordinal} ]]; do sleep 0.2; done`);
      return (Date.now() - since) / 1000;
    }));
    await moved.apply();
    if (look) await moved.refreshAll();
    const seconds = (await reached).sort((one, other) => one - other);
    figure(`topology in the pods after apply${look ? ' and annotate' : ''}: ${seconds.map((each) => each.toFixed(1)).join(', ')} s`);
    await moved.streaming(2);
    database = moved;
  }
}));

test('a session on the old primary ends with 57P01; one that was opened too early on the new one gets 25006, and writes a moment later', told(async () => {
  const session = (ordinal: number, ...statements: string[]): Promise<Result> => client.attempt([
    ...environment({ ...write, host: `orders-db-${ordinal}.orders-db-headless` }),
    'psql', '-XAtqw', '-v', 'VERBOSITY=verbose', ...statements.flatMap((statement) => ['-c', statement]),
  ]);
  const old = session(1, 'SELECT pg_sleep(60)');
  const early = session(
    2, 'CREATE TABLE early (n int)', 'DO $$ BEGIN WHILE pg_is_in_recovery() LOOP PERFORM pg_sleep(0.05); END LOOP; END $$', 'CREATE TABLE early AS SELECT 7 AS n',
    'SELECT n FROM early',
  );
  await until('both sessions are there', 30, async () =>
    (await database.everywhere('SELECT count(*) FROM pg_stat_activity WHERE query ~ \'^(SELECT pg_sleep|DO )\'', 'orders')).join(' ') === '0 1 1');
  await moveTo(2, true);
  expect((await old).stderr).toContain('57P01: terminating connection due to administrator command');
  expect((await early).stderr).toContain('25006: cannot execute CREATE TABLE in a read-only transaction');
  expect(await early).toMatchObject({ status: 0, stdout: '7\n' });
}));

test('through all of these no acknowledged row was lost, on any pod', told(async () => {
  for (const writer of Object.values(writers)) {
    await writer.stop();
    expect(await writer.lost(database, 'orders')).toEqual([]);
    const [first, ...others] = await database.everywhere(`SELECT count(*), sum(n) FROM ${writer.table}`, 'orders');
    expect(others).toEqual([first, first]);
  }
  figure(`switchovers: ${Object.values(writers).reduce((sum, { count }) => sum + count, 0)} rows acknowledged, none lost`);
}));
