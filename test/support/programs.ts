import { Cron, Duration, Size, Testing } from 'cdk8s';
import { Secret } from 'cdk8s-plus-28';
import { declareEverything, hbaRules, initSql } from './declared';
import { Json, program } from './find';
import { allProps, SomeProps } from './props';
import {
  Acknowledgement, Backup, BackupTarget, CertificateIssuer, CertManagerOptions, ClaimRetention, ClientCertificates, Credentials,
  CredentialsKeys, CustomImageOptions, Divergence, EmptyVolume, EnvironmentValue, Exposure, ExposureOptions, ExternalSecretOptions,
  ExternalSecretStore, ExternalTrafficPolicy, ExtraVolume, ImagePullPolicy, IpFamily, IpFamilyPolicy, Locale, NetworkAccess,
  PodManagement, PodSecurity, PostgresImage, PostgresVersion, Replication, Rollout, Spread, Storage, StorageAccessMode, StorageDataSource,
  SynchronousReplicationOptions, TaintEffect, Tls, TlsMode, TlsVersion, Toleration,
} from '../../src';

/** The names of a class's static methods: its ways to be made. A new one does not compile before it stands here. */
type Ways<T> = Readonly<Record<{ [Name in keyof T]: T[Name] extends (...args: never[]) => unknown ? Name : never }[keyof T], unknown>>;
export type Choices<T, V> = { readonly [Name in keyof Ways<T>]: V };

const size = Size.gibibytes(20);
const PASSWORD_VARIABLE = 'PROGRAMS_PASSWORD';
const everyKey: Required<CredentialsKeys> = {
  username: 'user', password: 'pass', superuserPassword: 'super', replicationPassword: 'replication', backupPassword: 'backup', restorePassword: 'restore',
};
const everyEntry: Required<Omit<ExternalSecretOptions, 'store'>> = {
  password: { key: 'shop/orders-db', property: 'password', version: '2' },
  superuserPassword: { key: 'shop/orders-db', property: 'superuser' },
  replicationPassword: { key: 'shop/replication' },
  backupPassword: { key: 'shop/orders-db', property: 'backup' },
  restorePassword: { key: 'shop/orders-db', property: 'restore' },
  refreshInterval: Duration.minutes(5),
};
const everyOption: Required<CustomImageOptions> = { image: 'example.com/postgres:18-own', runAsUser: 101, runAsGroup: 102 };

const storages: Choices<typeof Storage, Storage> = { persistent: Storage.persistent(size), ephemeral: Storage.ephemeral() };
const sources: Choices<typeof StorageDataSource, StorageDataSource> = {
  volumeSnapshot: StorageDataSource.volumeSnapshot('before'), claim: StorageDataSource.claim('older'),
};
const images: Choices<typeof PostgresImage, PostgresImage> = { official: PostgresImage.official(), custom: PostgresImage.custom(everyOption) };
const stores: Choices<typeof ExternalSecretStore, ExternalSecretStore> = {
  fromSecretStoreName: ExternalSecretStore.fromSecretStoreName('vault'), fromClusterSecretStoreName: ExternalSecretStore.fromClusterSecretStoreName('aws'),
};
const credentials: Choices<typeof Credentials, Credentials> = {
  fromSecretName: Credentials.fromSecretName('given', everyKey),
  fromSecret: Credentials.fromSecret(Secret.fromSecretName(Testing.chart(), 'secret', 'imported'), everyKey),
  unsafeFromEnvironment: Credentials.unsafeFromEnvironment({ password: PASSWORD_VARIABLE, replicationPassword: PASSWORD_VARIABLE }),
  unsafePlainText: Credentials.unsafePlainText({ password: 'one', replicationPassword: 'two' }),
  externalSecret: Credentials.externalSecret({ ...everyEntry, store: stores.fromSecretStoreName }),
};
const issuers: Choices<typeof CertificateIssuer, CertificateIssuer> = {
  fromIssuerName: CertificateIssuer.fromIssuerName('team'),
  fromClusterIssuerName: CertificateIssuer.fromClusterIssuerName('company'),
  external: CertificateIssuer.external('awspca.cert-manager.io', 'AWSPCAClusterIssuer', 'private'),
};
const certManager: Required<CertManagerOptions> = {
  mode: TlsMode.OPTIONAL,
  minimumVersion: TlsVersion.V1_2,
  clientCertificates: ClientCertificates.NONE,
  additionalNames: ['db.example.com'],
  duration: Duration.days(30),
  renewBefore: Duration.minutes(90),
};
const encryption: Choices<typeof Tls, (issuer: CertificateIssuer, clientCertificates: ClientCertificates) => Tls> = {
  fromSecretName: (_, clientCertificates) => Tls.fromSecretName('certificate', { clientCertificates }),
  certManager: (issuer) => Tls.certManager(issuer, certManager),
};
const locales: Choices<typeof Locale, Locale> = { libc: Locale.libc('C.UTF-8'), icu: Locale.icu('de'), builtin: Locale.builtin('C.UTF-8') };
const securities: Choices<typeof PodSecurity, SomeProps> = {
  restricted: { podSecurity: PodSecurity.restricted(), hostUsers: false },
  // an image that asks for a user and a cluster that assigns one contradict each other
  platformAssigned: { podSecurity: PodSecurity.platformAssigned(), image: PostgresImage.custom({ image: everyOption.image }) },
};
const accesses: Choices<typeof NetworkAccess, NetworkAccess> = {
  sameNamespace: NetworkAccess.sameNamespace(), declared: NetworkAccess.declared(), unrestricted: NetworkAccess.unrestricted(),
};
const exposed: Required<ExposureOptions> = {
  sourceRanges: ['203.0.113.0/24'],
  trafficPolicy: ExternalTrafficPolicy.CLUSTER,
  nodeRanges: ['192.0.2.0/24', '2001:db8::/64'],
  annotations: { 'example.com/pool': 'databases' },
  acknowledgePlainText: true,
  acknowledgeAnySource: true,
};
const exposures: Choices<typeof Exposure, Exposure> = {
  clusterIp: Exposure.clusterIp(),
  loadBalancer: Exposure.loadBalancer({ ...exposed, loadBalancerClass: 'example.com/internal', port: 15432, allocateNodePorts: true }),
  nodePort: Exposure.nodePort({ sourceRanges: ['203.0.113.0/24'], acknowledgePlainText: true }),
};
const limits: Required<Omit<SynchronousReplicationOptions, 'slotLimit' | 'maximumLag' | 'onDivergence'>> = {
  quorum: 1, switchoverLag: Duration.seconds(5), switchoverDelay: Duration.minutes(2),
};
const replications: Choices<typeof Replication, (onDivergence: Divergence) => Replication> = {
  asynchronous: (onDivergence) => Replication.asynchronous({ onDivergence }),
  synchronous: (onDivergence) => Replication.synchronous({ onDivergence, ...limits }),
};
const spreads: Choices<typeof Spread, Spread> = {
  preferred: Spread.preferred(), required: Spread.required('kubernetes.io/hostname', 'topology.kubernetes.io/zone'), unrestricted: Spread.unrestricted(),
};
const rollouts: Choices<typeof Rollout, Rollout> = {
  rollingUpdate: Rollout.rollingUpdate(),
  canary: Rollout.canary(1),
  replicasOnly: Rollout.replicasOnly(),
  paused: Rollout.paused(),
  partition: Rollout.partition(1),
  onDelete: Rollout.onDelete(),
};
const targets: Choices<typeof BackupTarget, BackupTarget> = {
  volume: BackupTarget.volume(size), existingClaim: BackupTarget.existingClaim('backups'),
};
const backups: Choices<typeof Backup, (target: BackupTarget) => Backup> = {
  logical: (target) => Backup.logical({ schedule: Cron.daily(), target }),
};
const acknowledgements: Choices<typeof Acknowledgement, Acknowledgement> = {
  otherMajor: Acknowledgement.otherMajor('17'),
  otherLibc: Acknowledgement.otherLibc('glibc-2.36'),
  otherCluster: Acknowledgement.otherCluster('old-db/7374650000000000001'),
  lostCluster: Acknowledgement.lostCluster('old-db/7374650000000000001'),
};
const tolerations: Choices<typeof Toleration, (effect: TaintEffect) => Toleration> = {
  exists: (effect) => Toleration.exists('database', { effect }), equal: (effect) => Toleration.equal('database', 'orders', { effect }),
};
const environment: Choices<typeof EnvironmentValue, EnvironmentValue> = {
  fromText: EnvironmentValue.fromText('a'),
  fromField: EnvironmentValue.fromField('metadata.namespace'),
  fromSecretKey: EnvironmentValue.fromSecretKey('tokens', 'one'),
  fromConfigMapKey: EnvironmentValue.fromConfigMapKey('modes', 'two'),
};
const volumes: Choices<typeof ExtraVolume, ExtraVolume> = {
  emptyDirectory: ExtraVolume.emptyDirectory('empty', Size.mebibytes(8)),
  fromClaim: ExtraVolume.fromClaim('claim', 'shared'),
  fromConfigMap: ExtraVolume.fromConfigMap('map', 'files'),
  fromSecret: ExtraVolume.fromSecret('secret', 'keys'),
};
/** In step with the locales: builtin ones came with 17. */
const versions = [PostgresVersion.V15, PostgresVersion.V16, PostgresVersion.V18];

function at<T>(choices: Readonly<Record<string, T>> | readonly T[], index: number): T {
  const values = Object.values(choices);
  return values[index % values.length];
}

/** The one of a few programs that makes every choice of each prop together. */
function choice(index: number): SomeProps {
  const dataSource = at(sources, index);
  // out of step with the storages, of which only the last one takes them
  const accessMode = at(Object.values(StorageAccessMode), Math.floor(index / 3));
  const [whenDeleted, whenScaled] = [0, 1].map((step) => at(Object.values(ClaimRetention), index + step));
  const effect = at(Object.values(TaintEffect), index);
  return {
    version: at(versions, index),
    image: at(images, index),
    credentials: at(credentials, index),
    tls: at(encryption, index)(at(issuers, Math.floor(index / 2)), at(Object.values(ClientCertificates), Math.floor(index / 2))),
    // in step with the encryption, which has TLS required and optional
    hbaRules: index % 2 === 0 ? [hbaRules.host, hbaRules.hostssl] : Object.values(hbaRules),
    initSql: Object.values(initSql),
    storage: at([...Object.values(storages), Storage.persistent(size, { accessMode, whenDeleted, whenScaled, dataSource })], index),
    emptyVolume: at(Object.values(EmptyVolume), index),
    initdb: { locale: at(locales, index) },
    // out of step with the images
    ...at(securities, Math.floor(index / 2)),
    imagePullPolicy: at(Object.values(ImagePullPolicy), index),
    ipFamilies: at([[], [IpFamily.IPV4]], index),
    ipFamilyPolicy: at(Object.values(IpFamilyPolicy).filter((policy) => policy !== IpFamilyPolicy.REQUIRE_DUAL_STACK), index),
    // out of step with each other: a range of sources needs a policy
    networkAccess: at(exposures, index) === exposures.nodePort ? accesses.declared : at(accesses, Math.floor(index / 3)),
    exposure: at(exposures, index),
    // out of step with the rollouts, of which a canary and a partition need a replica, as synchronous replication does
    instances: [1, 4].includes(index % 6) ? 2 : 1 + Math.floor(index / 2) % 3,
    replication: at(replications, index)(at(Object.values(Divergence), index)),
    rollout: at(rollouts, index),
    podManagement: at(Object.values(PodManagement), index),
    backups: Object.values(backups).map((backup) => backup(at(targets, index))),
    scheduling: { spread: at(spreads, Math.floor(index / 2)), tolerations: Object.values(tolerations).map((toleration) => toleration(effect)) },
    environment,
    volumeMounts: Object.entries(volumes).map(([name, volume]) => ({ volume, path: `/mnt/${name}` })),
    acknowledgements: [at(acknowledgements, index)],
  };
}

/** Programs that use every prop, and every way to make what a prop takes. */
export const programs: readonly (readonly [title: string, props: SomeProps])[] = [
  ['with every prop', allProps],
  ['with every prop and an account of its own', { ...allProps, serviceAccountName: undefined }],
  ['with a store of the whole cluster', { credentials: Credentials.externalSecret({ store: stores.fromClusterSecretStoreName, password: { key: 'orders' } }) }],
  ...Array.from({ length: 12 }, (_, index) => [`of choice ${index + 1}`, choice(index)] as const),
];

/** What such a program writes, where the variable that one of them reads is set. */
export function synthesizeProgram(props: SomeProps, id?: string, namespace?: string): Json[] {
  process.env[PASSWORD_VARIABLE] = 'two';
  try {
    const { db, synth } = program(props, id, namespace);
    declareEverything(db, PASSWORD_VARIABLE);
    return synth();
  } finally {
    delete process.env[PASSWORD_VARIABLE];
  }
}
