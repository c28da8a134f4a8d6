import { Cron, Size, Testing } from 'cdk8s';
import { Secret } from 'cdk8s-plus-28';
import { Json, synthesize } from './find';
import { allProps, SomeProps } from './props';
import {
  Acknowledgement, Backup, BackupTarget, ClaimRetention, Credentials, CredentialsKeys, CustomImageOptions, EnvironmentValue, ExtraVolume, Locale,
  PodManagement, PostgresImage, PostgresVersion, Rollout, Storage, StorageAccessMode, StorageDataSource, TaintEffect, Toleration,
} from '../../src';

/** The names of a class's static methods: its ways to be made. A new one does not compile before it stands here. */
type Ways<T> = Readonly<Record<{ [Name in keyof T]: T[Name] extends (...args: never[]) => unknown ? Name : never }[keyof T], unknown>>;
type Choices<T, V> = { readonly [Name in keyof Ways<T>]: V };

const size = Size.gibibytes(20);
const PASSWORD_VARIABLE = 'PROGRAMS_PASSWORD';
const everyKey: Required<CredentialsKeys> = {
  username: 'user', password: 'pass', superuserPassword: 'super', replicationPassword: 'replication', backupPassword: 'backup',
};
const everyOption: Required<CustomImageOptions> = { image: 'example.com/postgres:18-own', runAsUser: 101, runAsGroup: 102 };

const storages: Choices<typeof Storage, Storage> = { persistent: Storage.persistent(size), ephemeral: Storage.ephemeral() };
const sources: Choices<typeof StorageDataSource, StorageDataSource> = {
  volumeSnapshot: StorageDataSource.volumeSnapshot('before'), claim: StorageDataSource.claim('older'),
};
const images: Choices<typeof PostgresImage, PostgresImage> = { official: PostgresImage.official(), custom: PostgresImage.custom(everyOption) };
const credentials: Choices<typeof Credentials, Credentials> = {
  fromSecretName: Credentials.fromSecretName('given', everyKey),
  fromSecret: Credentials.fromSecret(Secret.fromSecretName(Testing.chart(), 'secret', 'imported'), everyKey),
  unsafeFromEnvironment: Credentials.unsafeFromEnvironment({ password: PASSWORD_VARIABLE }),
  unsafePlainText: Credentials.unsafePlainText({ password: 'one' }),
};
const locales: Choices<typeof Locale, Locale> = { libc: Locale.libc('C.UTF-8'), icu: Locale.icu('de'), builtin: Locale.builtin('C.UTF-8') };
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
    storage: at([...Object.values(storages), Storage.persistent(size, { accessMode, whenDeleted, whenScaled, dataSource })], index),
    initdb: { locale: at(locales, index) },
    rollout: at(rollouts, index),
    podManagement: at(Object.values(PodManagement), index),
    backups: Object.values(backups).map((backup) => backup(at(targets, index))),
    scheduling: { tolerations: Object.values(tolerations).map((toleration) => toleration(effect)) },
    environment,
    volumeMounts: Object.entries(volumes).map(([name, volume]) => ({ volume, path: `/mnt/${name}` })),
    acknowledgements: [at(acknowledgements, index)],
  };
}

/** Programs that use every prop, and every way to make what a prop takes. */
export const programs: readonly (readonly [title: string, props: SomeProps])[] = [
  ['with every prop', allProps],
  ['with every prop and an account of its own', { ...allProps, serviceAccountName: undefined }],
  ...Array.from({ length: 12 }, (_, index) => [`of choice ${index + 1}`, choice(index)] as const),
];

/** What such a program writes, where the variable that one of them reads is set. */
export function synthesizeProgram(props: SomeProps, id?: string, namespace?: string): Json[] {
  process.env[PASSWORD_VARIABLE] = 'two';
  try {
    return synthesize(props, id, namespace);
  } finally {
    delete process.env[PASSWORD_VARIABLE];
  }
}
