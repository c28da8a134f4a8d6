import { Size, SizeRoundingBehavior } from 'cdk8s';
import type { Additions } from './additions';
import { withoutHoles } from './holes';
import { list } from './list';
import type {
  BackupPlan, ClaimPlan, CredentialsPlan, EnvironmentPlan, ExtraVolumePlan, ImagePlan, MountPlan, Plan, Quantity, ResourcesPlan, RolePlan,
  SchedulingPlan, SidecarPlan, UpdatePlan, VolumePlan,
} from './plan';
import { resolveDeclared } from './resolve-declared';
import { resolveExposure, resolveNetwork } from './resolve-network';
import { resolveAnnotations, resolvePlatform } from './resolve-platform';
import { resolveReplication, resolveSpread } from './resolve-replication';
import { resolveExternalSecret, resolveRestores } from './resolve-restore';
import { resolveSettings } from './resolve-settings';
import { resolveTls } from './resolve-tls';
import { seconds } from './seconds';
import { resolveTexts, textOf } from './texts';
import { Backup, BackupTarget } from '../backup';
import { Credentials } from '../credentials';
import { EmptyVolume } from '../empty-volume';
import { EnvironmentValue } from '../environment';
import { Exposure } from '../exposure';
import { PostgresImage, ImageVariant } from '../image';
import { Locale } from '../initdb';
import { NetworkAccess } from '../network-access';
import type { PostgresAttributes } from '../postgres';
import { REPLICATION_ROLE } from '../postgres/access-lines';
import { insteadOf } from '../postgres/reserved';
import { sharedMemory } from '../postgres/sizing';
import type { PostgresStatefulSetProps } from '../postgres-stateful-set-props';
import { Replication } from '../replication';
import { Cpu, PostgresResources } from '../resources';
import { PodManagement, Rollout } from '../rollout';
import { Scheduling, TaintEffect } from '../scheduling';
import { Sidecar } from '../sidecar';
import { Spread } from '../spread';
import { ClaimRetention, Storage, StorageAccessMode } from '../storage';
import { ExtraVolumeMount } from '../volume';

/** What a plan is made from: a pure function of this gives the same plan every time. */
export interface Request {
  readonly id: string;
  readonly namespace: string | undefined;
  readonly props: PostgresStatefulSetProps;
  readonly additions: Additions;
  /** The text of an environment variable; empty where there is none. The same at every call. */
  readonly variable: (name: string) => string;
}

/** Settles every default. Wrong values pass through: the rules find them afterwards, all together. */
export function resolvePlan(given: Request): Plan {
  const { request, holes } = withoutHoles(given);
  // Untyped callers and other languages leave out what the types ask for, and say null where nothing is meant.
  const props = (request.props ?? {}) as PostgresStatefulSetProps;
  const name = props.name ?? request.id;
  const database = props.database ?? 'app';
  const owner = props.owner ?? database;
  const instances = props.instances ?? 1;
  const primaryOrdinal = props.primaryOrdinal ?? 0;
  const image = resolveImage(props);
  const data = resolveVolume(props.storage ?? Storage.persistent(Size.gibibytes(10)));
  const wal = props.walStorage == null ? [] : [resolveVolume(props.walStorage)];
  const resources = resolveResources(props.resources ?? {}, Cpu.millis(250), Size.gibibytes(1));
  const major = Number(props.version?.major ?? 0);
  const backups = (props.backups ?? []).map((backup) => resolveBackup(name, backup, data));
  const walSegmentMebibytes = mebibytes(props.initdb?.walSegmentSize ?? Size.mebibytes(16));
  const locale = props.initdb?.locale ?? (major >= 17 ? Locale.builtin('C.UTF-8') : Locale.icu('und'));
  const graceSeconds = seconds(props.terminationGracePeriod) ?? 300;
  const parameters = resolveTexts(props.parameters ?? {});
  const sidecars = (props.sidecars ?? []).map(resolveSidecar);
  const mounts = (props.volumeMounts ?? []).map(resolveMount);
  const tls = resolveTls(name, props.tls);
  const declared = resolveDeclared({ name, database, owner, parameters, props, additions: request.additions, variable: request.variable });

  const server = { name, instances, major, parameters, data, wal, memory: resources.memory.mebibytes, walSegmentMebibytes, tls, ...declared };
  const replication = resolveReplication(props.replication ?? Replication.asynchronous(), server);

  return deepFreeze({
    name,
    namespaces: list(request.namespace),
    version: { text: props.version?.version ?? '', major },
    image,
    instances,
    primaryOrdinal,
    replication,
    podManagement: props.podManagement ?? PodManagement.PARALLEL,
    update: resolveUpdate(props.rollout ?? Rollout.rollingUpdate(), instances, primaryOrdinal),
    data,
    wal,
    walRetention: resolveRetention(props.walStorage),
    emptyVolume: props.emptyVolume ?? EmptyVolume.INITIALISE,
    claimRetention: {
      whenDeleted: props.storage?._options.whenDeleted ?? ClaimRetention.RETAIN,
      whenScaled: props.storage?._options.whenScaled ?? ClaimRetention.RETAIN,
    },
    resources,
    sharedMemory: ofMebibytes(sharedMemory(resources.memory.mebibytes)),
    settings: resolveSettings({ ...server, replication }),
    reserved: Object.entries(parameters).flatMap(([parameter, value]) => insteadOf(parameter) === undefined ? [] : [{ name: parameter, value }]),
    respelled: resolveRespelled(parameters),
    database,
    owner,
    roles: resolveRoles(owner, backups),
    ...declared,
    credentials: resolveCredentials(name, owner, props.credentials ?? Credentials.fromSecretName(`${name}-credentials`), request.variable),
    tls,
    initdb: { provider: locale._provider, locale: locale._locale, walSegmentMebibytes },
    // Ten seconds are left for an immediate shutdown, which is gentler than the kill that ends the grace period.
    stop: { graceSeconds, fastSeconds: graceSeconds - 10 },
    acknowledged: {
      major: acknowledged(props, 'major'),
      libc: acknowledged(props, 'libc'),
      cluster: acknowledged(props, 'cluster'),
    },
    backups,
    restores: resolveRestores(name, backups),
    network: resolveNetwork(props.networkAccess ?? NetworkAccess.sameNamespace(), request.additions, sidecars, request.namespace),
    exposure: resolveExposure(props.exposure ?? Exposure.clusterIp()),
    scheduling: resolveScheduling(props.scheduling ?? {}),
    imagePullSecrets: [...props.imagePullSecrets ?? []],
    serviceAccount: { name: props.serviceAccountName ?? name, composed: props.serviceAccountName == null },
    // Copies: the plan is frozen, the program's own maps are not.
    labels: resolveTexts(props.labels ?? {}),
    annotations: resolveAnnotations(props),
    environment: resolveEnvironment(props.environment ?? {}),
    mounts,
    extraVolumes: resolveExtraVolumes([...props.volumeMounts ?? [], ...(props.sidecars ?? []).flatMap((sidecar) => sidecar.volumeMounts ?? [])]),
    sidecars,
    platform: resolvePlatform(props),
    holes,
  });
}

/** What a program says of the database of another one. */
export interface ImportedAttributes extends Required<Omit<PostgresAttributes, 'namespaceName'>> {
  readonly namespaces: readonly string[];
  readonly secretIsGiven: boolean;
}

/** The database of another program, by the same defaults as there. */
export function resolveImported(given: PostgresAttributes): ImportedAttributes {
  const attributes: Partial<PostgresAttributes> = given ?? {};
  const name = textOf(attributes.name);
  const database = textOf(attributes.database ?? 'app');
  return {
    name,
    namespaces: list(attributes.namespaceName).map(textOf),
    port: attributes.port ?? 5432,
    instances: attributes.instances ?? 1,
    database,
    owner: textOf(attributes.owner ?? database),
    secretName: textOf(attributes.secretName ?? `${name}-credentials`),
    secretIsGiven: attributes.secretName != null,
    usernameKey: textOf(attributes.usernameKey ?? 'username'),
    passwordKey: textOf(attributes.passwordKey ?? 'password'),
  };
}

function resolveImage(props: PostgresStatefulSetProps): ImagePlan {
  const image = props.image ?? PostgresImage.official();
  if (image._custom) {
    const runAsUser = image._custom.runAsUser ?? 999;
    return {
      reference: image._custom.image,
      runAsUser,
      runAsGroup: image._custom.runAsGroup ?? runAsUser,
      // Nobody knows the number before the cluster assigns it.
      ownPasswd: !props.podSecurity?._assigned,
    };
  }
  const { registry, digest } = image._official ?? {};
  const variant = image._official?.variant ?? ImageVariant.TRIXIE;
  const user = variant.tag.startsWith('alpine') ? 70 : 999;
  const reference = `${registry == null ? '' : `${registry}/`}postgres:${props.version?.version ?? ''}-${variant.tag}`;
  return { reference: digest == null ? reference : `${reference}@${digest}`, runAsUser: user, runAsGroup: user, ownPasswd: false };
}

function resolveUpdate(rollout: Rollout, instances: number, primaryOrdinal: number): UpdatePlan {
  if (rollout._kind === 'onDelete') return { kind: 'OnDelete' };
  const partitions = {
    rollingUpdate: 0, canary: instances - rollout._count, replicasOnly: primaryOrdinal + 1, paused: instances, partition: rollout._count,
  };
  const count = rollout._kind === 'canary' || rollout._kind === 'partition' ? `${rollout._count}` : '';
  return { kind: 'RollingUpdate', partition: partitions[rollout._kind], choice: rollout._kind, asked: `Rollout.${rollout._kind}(${count})` };
}

function resolveRespelled(parameters: Readonly<Record<string, string>>): Plan['respelled'] {
  const firsts = new Map<string, string>();
  return Object.entries(parameters).flatMap(([name, value]) => {
    const first = firsts.get(name.toLowerCase());
    if (first !== undefined) return [{ name, value, first }];
    firsts.set(name.toLowerCase(), name);
    return [];
  });
}

function resolveVolume(storage: Storage): VolumePlan {
  if (storage._size == null) return { kind: 'ephemeral' };
  const { storageClass, accessMode, dataSource } = storage._options;
  return {
    kind: 'persistent',
    size: quantity(storage._size),
    storageClasses: list(storageClass),
    accessMode: accessMode ?? StorageAccessMode.READ_WRITE_ONCE,
    dataSources: list(dataSource).map((source) => ({
      apiGroups: source._apiGroup === '' ? [] : [source._apiGroup], kind: source._kind, name: source._name,
    })),
  };
}

function resolveRetention(storage: Storage | undefined): Plan['walRetention'] {
  return [
    ...list(storage?._options.whenDeleted).map((value) => ({ option: 'whenDeleted', value })),
    ...list(storage?._options.whenScaled).map((value) => ({ option: 'whenScaled', value })),
  ];
}

function resolveResources(resources: PostgresResources, cpu: Cpu, memory: Size): ResourcesPlan {
  const requested = quantity(resources.memory ?? memory);
  return {
    cpu: (resources.cpu ?? cpu).asString(),
    cpuLimits: list(resources.cpuLimit).map((limit) => limit.asString()),
    memory: requested,
    memoryLimit: resources.memoryLimit == null ? requested : quantity(resources.memoryLimit),
  };
}

function resolveRoles(owner: string, backups: readonly BackupPlan[]): RolePlan[] {
  return [
    { name: 'postgres', kind: 'superuser', passwordFile: 'superuser-password' },
    { name: owner, kind: 'owner', passwordFile: 'password' },
    // also where there is one pod, so that a second one finds it
    { name: REPLICATION_ROLE, kind: 'replication', passwordFile: 'replication-password' },
    ...backups.slice(0, 1).flatMap((): RolePlan[] => [
      { name: 'backup', kind: 'backup', passwordFile: 'backup-password' }, { name: 'restore', kind: 'restore', passwordFile: 'restore-password' },
    ]),
  ];
}

function resolveCredentials(name: string, owner: string, credentials: Credentials, variable: Request['variable']): CredentialsPlan {
  const keys = {
    'username': credentials._keys.username ?? 'username',
    'password': credentials._keys.password ?? 'password',
    'superuser-password': credentials._keys.superuserPassword ?? 'superuser-password',
    'replication-password': credentials._keys.replicationPassword ?? 'replication-password',
    'backup-password': credentials._keys.backupPassword ?? 'backup-password',
    'restore-password': credentials._keys.restorePassword ?? 'restore-password',
  };
  const external = resolveExternalSecret(credentials._external);
  const secretName = credentials._secretName ?? `${name}-credentials`;
  const given = credentials._variables ?? credentials._values;
  if (given == null) return { composed: false, secretName, keys, values: {}, missingVariables: [], external };

  const sources = Object.entries({
    'password': given.password,
    'superuser-password': given.superuserPassword,
    'replication-password': given.replicationPassword,
    'backup-password': given.backupPassword,
    'restore-password': given.restorePassword,
  }).flatMap(([file, source]) => source == null ? [] : [{ file, source }]);
  const read = (source: string): string => credentials._variables == null ? source : variable(source);
  return {
    composed: true,
    secretName,
    keys,
    values: { username: owner, ...Object.fromEntries(sources.map(({ file, source }) => [file, read(source)])) },
    missingVariables: credentials._variables == null ? [] : [...new Set(sources.map(({ source }) => source))].filter((source) => read(source) === ''),
    external,
  };
}

function resolveBackup(name: string, backup: Backup, data: VolumePlan): BackupPlan {
  const options = backup._logical;
  const id = options.id ?? 'backup';
  return {
    id,
    schedule: options.schedule.expressionString,
    timeZone: options.timeZone ?? 'Etc/UTC',
    claim: resolveClaim(`${name}-${id}`, options.target, data),
    retention: {
      keepLast: options.retention?.keepLast ?? 3,
      daily: options.retention?.daily ?? 7,
      weekly: options.retention?.weekly ?? 4,
      monthly: options.retention?.monthly ?? 6,
      minimum: options.retention?.minimum ?? 3,
    },
    parallelJobs: options.parallelJobs ?? 2,
    resources: resolveResources(options.resources ?? {}, Cpu.millis(250), Size.mebibytes(256)),
    deadlineSeconds: seconds(options.deadline) ?? 6 * 3600,
    startingDeadlineSeconds: seconds(options.startingDeadline) ?? 3600,
    suspended: options.suspended ?? false,
  };
}

function resolveClaim(name: string, target: BackupTarget | undefined, data: VolumePlan): ClaimPlan {
  if (target?._claimName != null) return { composed: false, name: target._claimName };
  const likeData = data.kind === 'persistent' ? data.size : quantity(Size.gibibytes(10));
  return {
    composed: true,
    name,
    size: target?._size == null ? likeData : quantity(target._size),
    storageClasses: list(target?._options.storageClass),
    accessMode: target?._options.accessMode ?? StorageAccessMode.READ_WRITE_ONCE,
  };
}

function resolveScheduling(scheduling: Scheduling): SchedulingPlan {
  return {
    nodeSelector: resolveTexts(scheduling.nodeSelector ?? {}),
    tolerations: (scheduling.tolerations ?? []).map((toleration) => ({
      key: toleration._key,
      values: list(toleration._value),
      // a duration has a meaning, and is accepted, with this effect only
      effects: list(toleration._options.effect ?? (toleration._options.duration && TaintEffect.NO_EXECUTE)),
      seconds: list(seconds(toleration._options.duration)),
    })),
    priorityClasses: list(scheduling.priorityClass),
    spread: resolveSpread(scheduling.spread ?? Spread.preferred()),
  };
}

function resolveEnvironment(environment: { readonly [name: string]: EnvironmentValue }): EnvironmentPlan[] {
  return sorted(environment).filter(([, value]) => value != null)
    .map(([name, value]) => ({ name, kind: value._kind, source: value._source, key: value._key }));
}

function resolveMount(mount: ExtraVolumeMount): MountPlan {
  return { volume: mount.volume.name, path: mount.path, subPaths: list(mount.subPath), readOnly: mount.readOnly ?? true };
}

/** One volume that several containers mount is one object; two objects of one name are found by the rules. */
function resolveExtraVolumes(mounts: readonly ExtraVolumeMount[]): ExtraVolumePlan[] {
  return [...new Set(mounts.map((mount) => mount.volume))].map((volume) => ({
    name: volume.name, kind: volume._kind, source: volume._source, sizeLimits: list(volume._sizeLimit).map((size) => quantity(size).text),
  }));
}

function resolveSidecar(sidecar: Sidecar): SidecarPlan {
  return {
    name: sidecar.name,
    image: sidecar.image,
    command: [...sidecar.command ?? []],
    args: [...sidecar.args ?? []],
    environment: resolveEnvironment(sidecar.environment ?? {}),
    ports: sorted(sidecar.ports ?? {}).map(([name, port]) => ({ name, port })),
    mounts: (sidecar.volumeMounts ?? []).map(resolveMount),
    mountSocket: sidecar.mountSocket ?? false,
    users: list(sidecar.runAsUser),
    resources: resolveResources(sidecar.resources ?? {}, Cpu.millis(50), Size.mebibytes(64)),
  };
}

function acknowledged(props: PostgresStatefulSetProps, guard: string): string {
  return (props.acknowledgements ?? []).filter((one) => one._guard === guard).map((one) => one._found).join(',');
}

/** Maps of other languages have no order; a change of order must not change the pod template. */
function sorted<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).sort(([a], [b]) => a < b ? -1 : 1);
}

function mebibytes(size: Size): number {
  return size.toMebibytes({ rounding: SizeRoundingBehavior.NONE });
}

/** Kubernetes rounds a fraction of a byte with a warning at every apply: a fraction becomes the largest unit that it is whole in. */
function quantity(size: Size): Quantity {
  const text = size.asString();
  if (/^\d+[A-Z]i$/.test(text)) return { text, mebibytes: mebibytes(size) };
  const bytes = Math.round(size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) * 1024);
  const [unit, worth] = ([['Gi', 1024 ** 3], ['Mi', 1024 ** 2], ['Ki', 1024]] as const).find(([, one]) => bytes % one === 0) ?? ['', 1];
  return { text: `${bytes / worth}${unit}`, mebibytes: bytes / 1024 ** 2 };
}

function ofMebibytes(amount: number): Quantity {
  return quantity(Size.mebibytes(amount));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) {
      // most are texts and numbers
      if (typeof child === 'object') deepFreeze(child);
    }
  }
  return value;
}
