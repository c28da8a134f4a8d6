import { Client } from './support/client';
import { Database, serverStatus } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { NodeShell } from './support/node';
import { figure, sleep, until } from './support/wait';
import { Writer } from './support/writer';

let namespace: Namespace;
let database: Database;
let client: Client;
let writer: Writer;
let node: NodeShell;
const told = diagnosed(() => namespace);
const connection = { host: 'faults-db' };

beforeAll(told(async () => {
  namespace = await Namespace.create('faults');
  database = new Database(namespace, 'faults-db', { database: 'app' });
  [client] = await Promise.all([Client.create(namespace), database.start()]);
  node = await NodeShell.create((await database.findPod()).spec.nodeName);
}));

beforeEach(told(async () => {
  await database.ready();
  writer = await Writer.start(client, connection);
}));

afterEach(async () => {
  await writer?.stop();
});

afterAll(async () => {
  await node?.delete();
  await namespace?.delete();
});

/** The application saw an outage and nothing else: everything that was acknowledged is there. */
async function survives(what: string, fault: () => Promise<unknown>): Promise<void> {
  const gap = await writer.gapDuring(fault);
  await database.ready();
  await writer.stop();
  expect(await writer.lost(database)).toEqual([]);
  expect(writer.count).toBeGreaterThan(5);
  figure(`${what}: longest gap between two commits ${gap.toFixed(1)} s, ${writer.count} rows acknowledged, none lost`);
}

async function restartsReach(count: number): Promise<any> {
  return until(`the container has restarted ${count} times`, 60, async () => {
    const pod = await database.findPod();
    return serverStatus(pod).restartCount === count && serverStatus(pod).ready ? pod : undefined;
  });
}

test('a deleted pod comes back with every acknowledged row, and stops within the server\'s own stop and 2 s', told(async () => {
  const log = namespace.run(['logs', database.pod, '--follow', '--tail=1']);
  const { uid } = await database.life();
  let deletion = 0;
  await survives('pod deleted', async () => {
    const started = Date.now();
    await namespace.run(['delete', 'pod', database.pod]);
    deletion = (Date.now() - started) / 1000;
    await database.ready({ notUid: uid });
  });
  const lines = (await log).split('\n');
  const time = (pattern: RegExp): number => Date.parse(lines.find((line) => pattern.test(line))!.replace(/^(\S+) (\S+) UTC.*/, '$1T$2Z').split(' ')[0]);
  const own = time(/database system is shut down/) - time(/received fast shutdown request/);
  const whole = time(/supervisor: exits with status 0/) - time(/supervisor: stopping/);
  figure(`deletion: kubectl ${deletion.toFixed(1)} s, PID 1 from its signal to its end ${whole} ms, of these the server's own stop ${own} ms`);
  expect(whole - own).toBeLessThanOrEqual(2000);
}));

test('a postmaster that is killed is followed by a new one without a restart of the container', told(async () => {
  const before = await database.life();
  await survives('postmaster killed -9', () => database.exec('bash', '-c', 'read -r pid <"$PGDATA/postmaster.pid" && kill -9 "$pid"'));
  const after = await database.life();
  expect({ ...after, server: '' }).toEqual({ ...before, server: '' });
  expect(after.server).not.toBe(before.server);
  expect(await database.logs()).toContain('the server ended unexpectedly');
}));

test('all processes of the server killed at once lose nothing', told(async () => {
  await survives('all server processes killed -9', () => database.exec('bash', '-c',
    'for process in /proc/[0-9]*; do read -r name <"$process/comm"; [[ $name != postgres ]] || kill -9 "${process#/proc/}"; done'));
}));

test('fault 37: a query that takes more memory than the container may have loses nothing', told(async () => {
  // cgroup v1 kills the one process and the server recovers, v2 the whole container, which starts again
  const greedy = "SET max_parallel_workers_per_gather = 0; SET work_mem = '2GB'; SELECT count(*) FROM (SELECT repeat(g::text, 100) AS t FROM generate_series(1, 3000000) g ORDER BY 1) s";
  await survives('out of memory', async () => {
    expect((await client.attemptSql(connection, greedy)).stderr).toContain('server closed the connection unexpectedly');
    await writer.progress();
  });
}));

test('PID 1 cannot be killed from inside', told(async () => {
  const before = await database.life();
  await survives('SIGKILL to PID 1 from inside', () => database.exec('bash', '-c', 'kill -9 1; sleep 1'));
  expect(await database.life()).toEqual(before);
}));

test('PID 1 that is asked to stop from inside stops the server cleanly and the container restarts', told(async () => {
  const restarts = serverStatus(await database.findPod()).restartCount;
  await survives('SIGTERM to PID 1 from inside', async () => {
    await namespace.attempt(['exec', database.pod, '--', 'bash', '-c', 'kill -TERM 1']);
    const pod = await restartsReach(restarts + 1);
    expect(serverStatus(pod).lastState.terminated.exitCode).toBe(0);
  });
  expect(await database.logs('--previous')).toContain('database system is shut down');
}));

test('PID 1 that is killed from the node takes the server with it and nothing else', told(async () => {
  // A fresh pod: the kubelet lets a container wait that restarts a second time.
  await namespace.run(['delete', 'pod', database.pod]);
  const pod = await database.ready();
  await writer.progress();
  const { restartCount } = serverStatus(pod);
  await survives('SIGKILL to PID 1 from the node', async () => {
    await node.killFirstProcess(pod);
    const after = await restartsReach(restartCount + 1);
    expect(serverStatus(after).lastState.terminated.exitCode).toBe(137);
  });
  expect((await database.findPod()).metadata.uid).toBe(pod.metadata.uid);
}));

test('orphans of kubectl exec that end with status 2, by SIGSEGV and by SIGKILL are noticed by no session', told(async () => {
  const before = await database.life();
  const session = client.sql(connection, 'SELECT pg_sleep(6); SELECT \'undisturbed\'');
  await sleep(1);
  for (const end of ['exit 2', 'kill -SEGV $BASHPID', 'kill -KILL $BASHPID']) {
    await database.exec('bash', '-c', `(setsid bash -c 'sleep 1; ${end}' >/dev/null 2>&1 </dev/null &)`);
  }
  const gap = await writer.gapDuring(() => sleep(3));
  expect(await session).toContain('undisturbed');
  expect(await database.life()).toEqual(before);
  expect(await database.logs('--since=8s')).not.toMatch(/untracked|terminating|recovery/);
  await writer.stop();
  expect(await writer.lost(database)).toEqual([]);
  figure(`orphans of an exec: longest gap between two commits ${gap.toFixed(2)} s`);
  const states = await database.exec('bash', '-c', 'sed -n "s/^State:[[:space:]]*//p" /proc/[0-9]*/status 2>/dev/null');
  expect(states).not.toContain('zombie');
}));

test('scaled to 0 and back everything is there', told(async () => {
  await survives('scaled to 0 and back', async () => {
    await namespace.run(['scale', 'statefulset', database.name, '--replicas=0']);
    await until('the pod is gone', 60, async () => (await database.findPod()) === undefined);
    await namespace.run(['scale', 'statefulset', database.name, '--replicas=1']);
    await database.ready();
  });
}));
