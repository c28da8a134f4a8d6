import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster, ClusterOptions } from './cluster';
import { Pod } from './pod';
import { KubernetesObject } from './pod-from-manifests';
import { servers } from './servers';

jest.setTimeout(120_000);

const server = servers[servers.length - 1];
const mounted = (name: string, configMap: string) => ({ volume: { name, configMap: { name: configMap } }, mount: { name, mountPath: `/etc/${name}` } });

/** A program whose pods answer with their host name on port 8080. */
function manifests({ replicas = 3, settings = 'settings-1' } = {}): KubernetesObject[] {
  const folders = [mounted('topology', 'db-topology'), mounted('settings', settings)];
  const container = {
    name: 'postgres',
    command: ['bash', '-c', 'trap "exit 0" TERM; hostname >/tmp/name; busybox httpd -p 8080 -h /tmp; while :; do sleep 0.05; done'],
    volumeMounts: [{ name: 'data', mountPath: '/data' }, { name: 'tmp', mountPath: '/tmp' }, ...folders.map(({ mount }) => mount)],
    readinessProbe: { exec: { command: ['bash', '-c', 'echo not yet; exit 1'] } },
  };
  const spec = { containers: [container], volumes: [{ name: 'tmp', emptyDir: {} }, ...folders.map(({ volume }) => volume)] };
  return [
    { kind: 'StatefulSet', metadata: { name: 'db' }, spec: { replicas, template: { spec }, volumeClaimTemplates: [{ metadata: { name: 'data' } }] } },
    { kind: 'ConfigMap', metadata: { name: 'db-topology' }, data: { instances: `${replicas}\n`, primary: '0\n' } },
    { kind: 'ConfigMap', metadata: { name: settings }, data: { file: `${settings}\n` } },
  ];
}

async function start(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const cluster = await Cluster.start({ server, manifests: manifests(), ...options });
  await Promise.all(cluster.ordinals.map(async (ordinal) => listening(cluster, ordinal)));
  return cluster;
}

async function listening(cluster: Cluster, ordinal: number): Promise<void> {
  await cluster.waitFor(async () => await reached(cluster, ordinal, '127.0.0.1') === `db-${ordinal}`, { what: `pod ${ordinal}` });
}

/** Who answers at that host, or why nobody does. */
async function reached(cluster: Cluster, from: number, host: string, seconds = 10): Promise<string> {
  const command = `timeout ${seconds} bash -c 'exec 3<>/dev/tcp/${host}/8080; printf "GET /name HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3' 2>&1`;
  const { status, stdout } = await cluster.pod(from).exec(['bash', '-c', command]);
  if (status === 124) return 'silence';
  return status === 0 ? stdout.trim().split('\n').pop()! : /: ([^:]+)\n/.exec(stdout)?.[1] ?? stdout;
}

const inside = async (cluster: Cluster, ordinal: number, file: string) => (await cluster.pod(ordinal).exec(['cat', file])).stdout.trim();
const pause = async (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

afterEach(async () => Pod.endAll());

describe('names', () => {
  test('lead to each pod in every form in which pods may write them', async () => {
    const cluster = await start();
    expect(cluster.host(1)).toBe('db-1.db-headless');
    for (const form of ['', '.default', '.default.svc', '.default.svc.cluster.local']) {
      expect(await reached(cluster, 0, `db-1.db-headless${form}`)).toBe('db-1');
    }
    expect(await reached(cluster, 1, cluster.host(2))).toBe('db-2');
    expect(await reached(cluster, 2, 'db')).toBe('db-0');
    expect(await reached(cluster, 2, 'db-2')).toBe('db-2');
  });

  test('lead to the new address of a pod that was made anew, and nowhere without a pod', async () => {
    const cluster = await start();
    const before = cluster.address(1);
    await cluster.restart(1);
    await listening(cluster, 1);
    expect(cluster.address(1)).not.toBe(before);
    expect(await reached(cluster, 0, cluster.host(1))).toBe('db-1');
    // the router's answer may come while the kernel still sends: then the next attempt, a second later, fails
    expect(await reached(cluster, 0, before)).toBe('Network is unreachable');
    await cluster.killPod(1);
    expect(cluster.ordinals).toEqual([0, 2]);
    expect(await reached(cluster, 0, cluster.host(1))).toBe('Name or service not known');
  });

  test('may be missing for a while', async () => {
    const cluster = await start();
    cluster.hide(1);
    expect(await reached(cluster, 0, cluster.host(1))).toBe('Name or service not known');
    expect(await reached(cluster, 1, cluster.host(1))).toBe('db-1');
    await cluster.restart(1);
    expect(await reached(cluster, 0, cluster.host(1))).toBe('Name or service not known');
    cluster.show(1);
    await listening(cluster, 1);
    expect(await reached(cluster, 0, cluster.host(1))).toBe('db-1');
  });

  test('of others are waited for in vain where no name server answers', async () => {
    const cluster = await start();
    cluster.cutNames(2);
    expect(await reached(cluster, 2, cluster.host(0), 1)).toBe('silence');
    expect(await reached(cluster, 2, cluster.address(0))).toBe('db-0');
    expect(await reached(cluster, 0, cluster.host(2))).toBe('db-2');
    cluster.healNames(2);
    expect(await reached(cluster, 2, cluster.host(0))).toBe('db-0');
  });
});

describe('a cut', () => {
  test('of a pod drops all of its packets until it is healed', async () => {
    const cluster = await start();
    cluster.cut(0);
    cluster.cut(0);
    expect(await reached(cluster, 1, cluster.host(0), 1)).toBe('silence');
    expect(await reached(cluster, 0, cluster.host(1), 1)).toBe('silence');
    expect(await reached(cluster, 0, cluster.host(0))).toBe('db-0');
    expect(await reached(cluster, 2, cluster.host(1))).toBe('db-1');
    cluster.heal(0);
    expect(await reached(cluster, 1, cluster.host(0))).toBe('db-0');
    expect(await reached(cluster, 0, cluster.host(1))).toBe('db-1');
  });

  test('of the path between two pods leaves the others', async () => {
    const cluster = await start();
    cluster.cut(0, 1);
    expect(await reached(cluster, 0, cluster.host(1), 1)).toBe('silence');
    expect(await reached(cluster, 1, cluster.host(0), 1)).toBe('silence');
    expect(await reached(cluster, 2, cluster.host(0))).toBe('db-0');
    expect(await reached(cluster, 2, cluster.host(1))).toBe('db-1');
    cluster.heal(1, 0);
    expect(await reached(cluster, 0, cluster.host(1))).toBe('db-1');
  });

  test('is silent for connections that are open, and what was sent arrives when it is healed', async () => {
    const cluster = await start();
    const session = cluster.pod(1).spawn(['bash', '-c', `exec 3<>/dev/tcp/${cluster.host(0)}/8080; echo open; read -r _; printf "GET /name HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3`]);
    let told = '';
    session.stdout!.on('data', (data: Buffer) => { told += String(data); });
    await cluster.waitFor(() => told === 'open\n');
    cluster.cut(1);
    session.stdin!.end('\n');
    await pause(500);
    expect([told, session.exitCode]).toEqual(['open\n', null]);
    cluster.heal(1);
    await cluster.waitFor(() => told.endsWith('db-0\n'));
  });
});

describe('scaling', () => {
  test('changes the topology on all pods and then their number', async () => {
    const cluster = await start({ start: [0] });
    expect(cluster.ordinals).toEqual([0]);
    await cluster.scale(2);
    expect(cluster.ordinals).toEqual([0, 1]);
    for (const ordinal of [0, 1]) expect(await inside(cluster, ordinal, '/etc/topology/instances')).toBe('2');
    await cluster.scale(1);
    expect(cluster.ordinals).toEqual([0]);
    expect(await inside(cluster, 0, '/etc/topology/instances')).toBe('1');
    expect(cluster.pod(0).ending).toBeUndefined();
  });

  test('by kubectl leaves the topology', async () => {
    const cluster = await start();
    await cluster.kubectlScale(1);
    expect(cluster.ordinals).toEqual([0]);
    expect(await inside(cluster, 0, '/etc/topology/instances')).toBe('3');
    expect(await reached(cluster, 0, cluster.host(1))).toBe('Name or service not known');
  });
});

test('a new pod has the claims of its ordinal until they are deleted', async () => {
  const cluster = await start();
  for (const ordinal of [0, 1]) writeFileSync(join(cluster.claim(ordinal), 'mine'), `claim ${ordinal}`);
  await cluster.restart(1);
  expect(await inside(cluster, 1, '/data/mine')).toBe('claim 1');
  expect(() => cluster.deleteClaim(1)).toThrow('pod 1 uses its claim');
  await cluster.stopPod(1);
  cluster.deleteClaim(1);
  await cluster.startPod(1);
  expect(await inside(cluster, 1, '/data/mine')).toBe('');
  expect(await inside(cluster, 0, '/data/mine')).toBe('claim 0');
  expect(() => cluster.claim(0, 'wal')).toThrow('the StatefulSet has no claim wal');
});

test('what is applied reaches running pods by the names they mount, and new pods as a whole', async () => {
  const cluster = await start();
  const changed = manifests({ settings: 'settings-2' });
  cluster.apply(changed.map((object) => (object.metadata.name === 'db-topology' ? { ...object, data: { instances: '3\n', primary: '1\n' } } : object)));
  await cluster.restart(2);
  const files = async (ordinal: number) => [await inside(cluster, ordinal, '/etc/topology/primary'), await inside(cluster, ordinal, '/etc/settings/file')];
  expect(await files(0)).toEqual(['1', 'settings-1']);
  expect(await files(2)).toEqual(['1', 'settings-2']);
  expect(cluster.primary).toBe(1);
  // the old object may be gone, the pod still has what it mounted
  cluster.declare({ primary: 2 });
  expect(await files(0)).toEqual(['2', 'settings-1']);
});

test('what is applied while a pod starts reaches it, as it would by a kubelet', async () => {
  const cluster = await start();
  await cluster.killPod(2);
  const starting = cluster.startPod(2);
  // it has been described, and does not run yet
  while (!linked(cluster, 2)) await new Promise(setImmediate);
  cluster.declare({ primary: 1 });
  await starting;
  expect(await inside(cluster, 2, '/etc/topology/primary')).toBe('1');
});

function linked(cluster: Cluster, ordinal: number): boolean {
  try {
    return Boolean(cluster.address(ordinal));
  } catch {
    return false;
  }
}

test('what is withheld from an ordinal reaches neither its pod nor the next one until it is delivered', async () => {
  const cluster = await start();
  const told = async (ordinal: number) => inside(cluster, ordinal, '/etc/topology/primary');
  cluster.withhold(1);
  cluster.declare({ primary: 2 });
  expect([await told(0), await told(1)]).toEqual(['2', '0']);
  await cluster.restart(1);
  expect(await told(1)).toBe('0');
  cluster.deliver(1);
  expect(await told(1)).toBe('2');
});

test('a restart of the container keeps the pod\'s address', async () => {
  const cluster = await start();
  const before = cluster.address(1);
  await cluster.restartContainer(1, async () => {
    expect(await reached(cluster, 0, cluster.host(1))).toBe('Connection refused');
  });
  expect(cluster.address(1)).toBe(before);
  await listening(cluster, 1);
  expect(await reached(cluster, 0, cluster.host(1))).toBe('db-1');
});

test('a probe gives its status and what it said', async () => {
  const cluster = await start();
  expect(await cluster.readiness(1)).toEqual({ status: 1, text: 'not yet' });
});

test('waiting tells what the pods and the last attempt said', async () => {
  const cluster = await start({ start: [0] });
  const refuse = () => { throw new Error('the reason'); };
  await expect(cluster.waitFor(refuse, { timeout: 100, what: 'this' })).rejects.toThrow(/^100 ms passed before this came true \(Error: the reason\)\n--- log of pod 0:/);
});

/** Each process of this machine with its network namespace, whose number the next one gets that is made when it is gone. */
function members(): Set<string> {
  return new Set(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      return [`${readlinkSync(`/proc/${pid}/ns/net`)} ${pid}`];
    } catch {
      return [];
    }
  }));
}

const spaceOf = (member: string) => member.split(' ')[0];

/** Those of these that are there still. */
function left(before: readonly string[]): string[] {
  const now = members();
  return before.filter((member) => now.has(member));
}

const machine = () => execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' }) + execFileSync('ip', ['rule'], { encoding: 'utf8' }) + execFileSync('ip', ['route'], { encoding: 'utf8' });
const forwarding = () => readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8');

describe('the end', () => {
  test('of a cluster leaves nothing, and its life does not touch the network of this machine', async () => {
    const before = machine() + forwarding();
    const cluster = await start();
    cluster.cut(0);
    const { pid: router } = Reflect.get(Reflect.get(cluster, 'network') as object, 'holder') as { readonly pid: number };
    const pids = [router, ...cluster.ordinals.map((ordinal) => cluster.pod(ordinal).hostPid)];
    const spaces = new Set(pids.map((pid) => readlinkSync(`/proc/${pid}/ns/net`)));
    expect(spaces.size).toBe(4);
    const own = [...members()].filter((member) => spaces.has(spaceOf(member)));
    expect(own.length).toBeGreaterThanOrEqual(7);
    expect(machine() + forwarding()).toBe(before);
    await cluster.end();
    await cluster.waitFor(() => left(own).length === 0, { what: 'the end of the namespaces' });
    expect(machine() + forwarding()).toBe(before);
  });

  test('of the test process is the end of its cluster', async () => {
    const code = `
      const { Cluster } = require('${join(__dirname, 'cluster')}'); const { server } = require('${join(__dirname, 'servers')}');
      const { readlinkSync } = require('node:fs');
      Cluster.start({ server: server(${server.major}), manifests: ${JSON.stringify(manifests())} }).then((cluster) => {
        cluster.cut(1);
        const router = cluster.network.holder.pid;
        const pids = [router, ...cluster.ordinals.flatMap((ordinal) => [cluster.link(ordinal).networkPid, cluster.pod(ordinal).hostPid])];
        console.log(JSON.stringify([pids, pids.map((pid) => readlinkSync('/proc/' + pid + '/ns/net'))]));
      });`;
    const child = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', '-e', code], {
      cwd: join(__dirname, '../..'), env: { ...process.env, TS_NODE_PROJECT: 'test/tsconfig.json' }, stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pids, spaces] = await new Promise<[number[], string[]]>((resolve, reject) => {
      child.stdout.on('data', (data) => resolve(JSON.parse(String(data)) as [number[], string[]]));
      child.on('close', () => reject(new Error('it ended before it said what it made')));
    });
    // a router, and for each pod one holder and its own first process
    expect([pids.length, new Set(spaces).size]).toEqual([7, 4]);
    const own = [...members()].filter((member) => spaces.includes(spaceOf(member)));
    expect(own.length).toBeGreaterThanOrEqual(7);
    child.kill('SIGKILL');
    for (let i = 0; i < 200 && (pids.some((pid) => existsSync(`/proc/${pid}`)) || left(own).length > 0); i += 1) await pause(20);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(left(own)).toEqual([]);
  });
});
