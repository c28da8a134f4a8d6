import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cron, Size } from 'cdk8s';
import { Database, PASSWORD } from './support/database';
import { attempt, kubectl } from './support/kubectl';
import { diagnosed, Manifest, Namespace } from './support/namespace';
import { until } from './support/wait';
import { Backup, Cpu, ExtraVolume, IpFamily, IpFamilyPolicy, PodSecurity, Storage } from '../../src';

let namespace: Namespace;
const told = diagnosed(() => namespace);
/** Not of any namespace, so named after this one's. */
let priority: string;

beforeAll(told(async () => {
  namespace = await Namespace.create('platform');
  priority = namespace.name;
  const priorityClass = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: priority }, value: 1000, description: 'of a test' };
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(priorityClass) });
}));

afterAll(async () => {
  await attempt(['delete', 'priorityclass', priority, '--ignore-not-found']);
  await namespace?.delete();
});

const UID = 1_000_620_000;
const LIBRARY = 'libnss_wrapper.so';

/** The images of a test cluster may lack the library that the official ones have: this machine's is mounted in its place. */
function library(): { readonly manifest: Manifest; readonly path: string } {
  const found = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, LIBRARY)).find((path) => attemptRead(path));
  if (!found) throw new Error(`${LIBRARY} is not on this machine: install it with apt-get install libnss-wrapper`);
  const binaryData = { [LIBRARY]: readFileSync(found).toString('base64') };
  return { manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'names' }, binaryData }, path: found };
}

function attemptRead(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

/** What OpenShift's admission writes into a pod that asks for no user. */
function admit(manifests: readonly Manifest[]): Manifest[] {
  return manifests.map((manifest) => {
    const pod = manifest.kind === 'StatefulSet' ? manifest.spec.template.spec : manifest.kind === 'CronJob' ? manifest.spec.jobTemplate.spec.template.spec : undefined;
    if (pod) {
      expect(Object.keys(pod.securityContext).sort()).toEqual(['fsGroupChangePolicy', 'runAsNonRoot', 'seccompProfile']);
      Object.assign(pod.securityContext, { runAsUser: UID, fsGroup: UID });
    }
    return manifest;
  });
}

test('a pod whose user the cluster assigns serves, is reached by kubectl exec, and is backed up', told(async () => {
  const { manifest, path } = library();
  const database = new Database(namespace, 'assigned-db', {
    podSecurity: PodSecurity.platformAssigned(),
    storage: Storage.persistent(Size.gibibytes(1), { storageClass: 'block' }),
    volumeMounts: [{ volume: ExtraVolume.fromConfigMap('names', 'names'), path, subPath: LIBRARY }],
    backups: [Backup.logical({ schedule: Cron.daily() })],
  });
  await namespace.secret('assigned-db-credentials', { 'password': PASSWORD, 'backup-password': 'backups' });
  await namespace.apply([manifest, ...admit(database.manifests())]);
  await database.ready();
  expect((await database.exec('bash', '-c', 'id -u; id -g; id -un')).split('\n').slice(0, 3)).toEqual([`${UID}`, '0', 'postgres']);
  expect(await database.sql('SELECT current_user')).toBe('postgres');
  expect((await database.exec('psql', '-XAtq', '-U', 'app', '-d', 'app', '-c', 'SELECT current_user')).trim()).toBe('app');
  await namespace.run(['create', 'job', 'by-hand', '--from=cronjob/assigned-db-backup']);
  await namespace.run(['wait', '--for=condition=Complete', '--timeout=180s', 'job/by-hand'], { seconds: 190 });
  await namespace.run(['delete', 'pod', database.pod]);
  await database.ready();
  expect(await database.logs()).not.toMatch(/NWRAP|cannot be preloaded/);
}));

test('the server takes logins by IPv6, and its Services take the families that are asked for', told(async () => {
  const database = new Database(namespace, 'families-db', { ipFamilyPolicy: IpFamilyPolicy.PREFER_DUAL_STACK });
  await database.start();
  const login = ['env', `PGPASSWORD=${PASSWORD}`, 'psql', '-XAtqw', '-h', '::1', '-U', 'app', '-d', 'app', '-c', 'SELECT host(inet_client_addr())'];
  expect((await database.exec(...login)).trim()).toBe('::1');
  for (const name of ['families-db', 'families-db-r', 'families-db-headless']) {
    const { spec } = await namespace.find('service', name);
    expect([spec.ipFamilyPolicy, spec.ipFamilies]).toEqual(['PreferDualStack', expect.arrayContaining(['IPv4'])]);
  }
}));

test('Services of two families are taken where the cluster has both, and else refused for the missing one alone', told(async () => {
  const [preferred, ...others] = new Database(namespace, 'preferring-db', { ipFamilyPolicy: IpFamilyPolicy.PREFER_DUAL_STACK }).manifests()
    .filter(({ kind }) => kind === 'Service');
  expect(others).toHaveLength(2);
  const dry = (manifest: Manifest) => namespace.attempt(['apply', '--dry-run=server', '--output', 'json', '-f', '-'], { input: JSON.stringify(manifest) });
  const hasBoth = JSON.parse((await dry(preferred)).stdout).spec.ipFamilies.length === 2;
  const both = new Database(namespace, 'both-db', { ipFamilies: [IpFamily.IPV6, IpFamily.IPV4] }).manifests().filter(({ kind }) => kind === 'Service');
  expect(both).toHaveLength(3);
  for (const manifest of both) {
    const { status, stderr } = await dry(manifest);
    expect([status, stderr.match(/spec\.\w+(\[\d\])?/g), stderr.includes('not configured on this cluster')])
      .toEqual(hasBoth ? [0, null, false] : [1, [expect.stringMatching(/^spec\.ipFamilies\[[01]\]$/)], true]);
  }
}));

test('in a namespace with a quota everything is admitted, and the server has its priority', told(async () => {
  const limited = await Namespace.create('quota');
  try {
    const hard = {
      'requests.cpu': '1',
      'limits.cpu': '4',
      'requests.memory': '1Gi',
      'limits.memory': '1Gi',
      'requests.storage': '4Gi',
      'persistentvolumeclaims': '2',
      'pods': '3',
      'services': '3',
      'count/configmaps': '20',
    };
    await limited.apply([{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota' }, spec: { hard } }]);
    const database = new Database(limited, 'quota-db', {
      resources: { cpu: Cpu.millis(50), cpuLimit: Cpu.units(1), memory: Size.mebibytes(256) },
      scheduling: { priorityClass: priority },
      backups: [Backup.logical({ schedule: Cron.daily(), resources: { cpu: Cpu.millis(50), cpuLimit: Cpu.units(1), memory: Size.mebibytes(128) } })],
    });
    await database.start({}, { 'backup-password': 'backups' });
    expect((await database.findPod()).spec.priority).toBe(1000);
    await limited.run(['create', 'job', 'by-hand', '--from=cronjob/quota-db-backup']);
    await limited.run(['wait', '--for=condition=Complete', '--timeout=180s', 'job/by-hand'], { seconds: 190 });
    const { status } = await until('the quota is counted', 30, async () => limited.find('resourcequota', 'quota'));
    expect(status.used['limits.memory']).not.toBe('0');
  } finally {
    await limited.delete();
  }
}));
