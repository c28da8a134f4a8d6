import { Cron, Duration, Size } from 'cdk8s';
import {
  Acknowledgement, Backup, BackupTarget, ClaimRetention, ClientCertificates, Cpu, Credentials, Divergence, EmptyVolume, EnvironmentValue,
  Exposure, ExternalTrafficPolicy, ExtraVolume, Finding, HbaMethod, HbaRule, ImagePullPolicy, ImageVariant, InitSql, IpFamily, IpFamilyPolicy,
  Locale, NetworkAccess, PodManagement, PodSecurity, PostgresImage, PostgresStatefulSetProps, PostgresVersion, Replication, Rollout,
  Spread, Storage, StorageAccessMode, StorageDataSource, TaintEffect, Tls, TlsMode, TlsVersion, Toleration,
} from '../../src';
import { Additions, noAdditions } from '../../src/plan/additions';
import { findProblems } from '../../src/plan/findings';
import type { Plan } from '../../src/plan/plan';
import { resolvePlan } from '../../src/plan/resolve';

/** What has no default. */
export const minimalProps: PostgresStatefulSetProps = { version: PostgresVersion.V18 };

const scratch = ExtraVolume.emptyDirectory('scratch', Size.mebibytes(64));

/** Every prop with a legal value that is not its default. A new prop does not compile before it stands here. */
export const allProps: Required<PostgresStatefulSetProps> = {
  version: PostgresVersion.V17,
  name: 'ledger',
  image: PostgresImage.official({ variant: ImageVariant.BOOKWORM, registry: 'registry.example.com/mirror', digest: `sha256:${'0'.repeat(64)}` }),
  tls: Tls.fromSecretName('ledger-certificate', {
    keys: { certificate: 'server.pem', privateKey: 'server.key', authority: 'root.pem', clientAuthority: 'clients.pem' },
    // the other mode contradicts certificates of clients: it stands in programs.ts
    mode: TlsMode.REQUIRED,
    minimumVersion: TlsVersion.V1_3,
    clientCertificates: ClientCertificates.VERIFIED,
    additionalNames: ['ledger.example.com', '*.ledger.example.com'],
  }),
  credentials: Credentials.unsafePlainText({ password: 'one', superuserPassword: 'two', replicationPassword: 'five', backupPassword: 'three', restorePassword: 'four' }),
  database: 'books',
  owner: 'bookkeeper',
  extensions: ['pg_stat_statements', 'citext'],
  initSql: [InitSql.fromText('CREATE TABLE a ();'), InitSql.fromConfigMap('seeds', 'one.sql'), InitSql.fromSecret('seeds', 'two.sql')],
  hbaRules: [HbaRule.hostssl({
    databases: ['books'], roles: ['bookkeeper'], membersOf: ['pg_monitor'], addresses: ['10.0.0.0/8', 'fd00::/8'], method: HbaMethod.CERT,
  })],
  storage: Storage.persistent(Size.gibibytes(50), {
    storageClass: 'fast',
    accessMode: StorageAccessMode.READ_WRITE_ONCE_POD,
    whenDeleted: ClaimRetention.DELETE,
    whenScaled: ClaimRetention.DELETE,
    dataSource: StorageDataSource.volumeSnapshot('before'),
  }),
  walStorage: Storage.persistent(Size.gibibytes(8), { storageClass: 'fast' }),
  emptyVolume: EmptyVolume.REFUSE,
  resources: { cpu: Cpu.units(2), cpuLimit: Cpu.units(4), memory: Size.gibibytes(4), memoryLimit: Size.gibibytes(5) },
  parameters: { max_connections: '200', work_mem: '16MB' },
  initdb: { locale: Locale.icu('fr-FR'), walSegmentSize: Size.mebibytes(64) },
  instances: 3,
  primaryOrdinal: 1,
  // the other kind stands in programs.ts
  replication: Replication.asynchronous({
    slotLimit: Size.gibibytes(2),
    maximumLag: Size.mebibytes(128),
    onDivergence: Divergence.HALT,
    switchoverLag: Duration.millis(250),
    switchoverDelay: Duration.seconds(20),
  }),
  rollout: Rollout.partition(2),
  // the other order contradicts a primary that is not at 0: it stands in programs.ts
  podManagement: PodManagement.PARALLEL,
  backups: [Backup.logical({
    id: 'nightly',
    schedule: Cron.schedule({ minute: '15', hour: '2' }),
    timeZone: 'Europe/Paris',
    target: BackupTarget.volume(Size.gibibytes(100), { storageClass: 'slow', accessMode: StorageAccessMode.READ_WRITE_MANY }),
    retention: { keepLast: 2, daily: 10, weekly: 6, monthly: 12, minimum: 5 },
    parallelJobs: 4,
    resources: { cpu: Cpu.millis(500), cpuLimit: Cpu.units(1), memory: Size.mebibytes(512), memoryLimit: Size.mebibytes(768) },
    deadline: Duration.hours(2),
    startingDeadline: Duration.minutes(30),
    suspended: true,
  })],
  networkAccess: NetworkAccess.declared(),
  // the other kind and what only it takes stand in programs.ts
  exposure: Exposure.loadBalancer({
    loadBalancerClass: 'example.com/internal',
    port: 15432,
    sourceRanges: ['203.0.113.0/24', '2001:db8::/32'],
    trafficPolicy: ExternalTrafficPolicy.LOCAL,
    allocateNodePorts: false,
    annotations: { 'example.com/pool': 'databases' },
  }),
  scheduling: {
    nodeSelector: { disk: 'ssd' },
    tolerations: [
      Toleration.exists('database'),
      Toleration.equal('zone', 'a', { effect: TaintEffect.NO_EXECUTE, duration: Duration.minutes(5) }),
    ],
    priorityClass: 'important',
    spread: Spread.required('topology.kubernetes.io/zone'),
  },
  terminationGracePeriod: Duration.minutes(10),
  labels: { team: 'finance' },
  annotations: { 'example.com/contact': 'finance@example.com' },
  podAnnotations: { 'example.com/scrape': 'true' },
  serviceAnnotations: { 'example.com/mesh': 'opaque' },
  syncWave: -5,
  // the other way stands in programs.ts
  podSecurity: PodSecurity.restricted(),
  hostUsers: true,
  imagePullPolicy: ImagePullPolicy.ALWAYS,
  ipFamilies: [IpFamily.IPV4],
  ipFamilyPolicy: IpFamilyPolicy.PREFER_DUAL_STACK,
  imagePullSecrets: ['mirror'],
  serviceAccountName: 'runner',
  environment: {
    ZONE: EnvironmentValue.fromText('a'),
    NODE: EnvironmentValue.fromField('spec.nodeName'),
    TOKEN: EnvironmentValue.fromSecretKey('tokens', 'one'),
    MODE: EnvironmentValue.fromConfigMapKey('modes', 'two'),
  },
  volumeMounts: [
    { volume: scratch, path: '/scratch', readOnly: false },
    { volume: ExtraVolume.fromConfigMap('init', 'init-scripts'), path: '/docker-entrypoint-initdb.d' },
    { volume: ExtraVolume.fromSecret('keys', 'key-files'), path: '/keys/one', subPath: 'one' },
    { volume: ExtraVolume.fromClaim('shared', 'shared-files'), path: '/shared' },
  ],
  sidecars: [{
    name: 'exporter',
    image: 'example.com/exporter:1.0',
    command: ['exporter'],
    args: ['--verbose'],
    environment: { LEVEL: EnvironmentValue.fromText('info') },
    ports: { metrics: 9187 },
    volumeMounts: [{ volume: scratch, path: '/scratch' }],
    mountSocket: true,
    runAsUser: 65534,
    resources: { cpu: Cpu.millis(100), memory: Size.mebibytes(32), memoryLimit: Size.mebibytes(64) },
  }],
  acknowledgements: [
    Acknowledgement.otherMajor('16'),
    Acknowledgement.otherLibc('glibc-2.36'),
    Acknowledgement.otherCluster('old-db/7374650000000000001'),
  ],
};

export type SomeProps = Partial<PostgresStatefulSetProps>;

/** The surroundings of a program: construct id, namespace and environment variables. */
export interface Around {
  readonly id?: string;
  readonly namespace?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly additions?: Additions;
}

export function planOf(props: SomeProps = {}, { id = 'orders-db', namespace, environment = {}, additions = noAdditions() }: Around = {}): Plan {
  const variable = (name: string): string => Object.hasOwn(environment, name) ? environment[name] ?? '' : '';
  return resolvePlan({ id, namespace, props: { ...minimalProps, ...props }, additions, variable });
}

export function findingsOf(props: SomeProps = {}, around: Around = {}): Finding[] {
  return findProblems(planOf(props, around), { namesakes: [], clashes: [] });
}

export function codesOf(props: SomeProps = {}, around: Around = {}): string[] {
  return findingsOf(props, around).map(({ code }) => code);
}
