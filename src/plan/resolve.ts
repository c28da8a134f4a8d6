import { Size, SizeRoundingBehavior } from 'cdk8s';
import type {
  BackupPlan, ClaimPlan, CredentialsPlan, EnvironmentPlan, ExtraVolumePlan, ImagePlan, MountPlan, Plan, Quantity, ResourcesPlan, RolePlan,
  SchedulingPlan, SidecarPlan, UpdatePlan, VolumePlan,
} from './plan';
import { resolveSettings } from './resolve-settings';
import { Backup, BackupTarget } from '../backup';
import { Credentials } from '../credentials';
import { EnvironmentValue } from '../environment';
import { PostgresImage, ImageVariant } from '../image';
import { Locale } from '../initdb';
import type { PostgresAttributes } from '../postgres';
import { insteadOf } from '../postgres/reserved';
import { sharedMemory } from '../postgres/sizing';
import type { PostgresStatefulSetProps } from '../postgres-stateful-set-props';
import { Cpu, PostgresResources } from '../resources';
import { PodManagement, Rollout } from '../rollout';
import { Scheduling } from '../scheduling';
import { Sidecar } from '../sidecar';
import { ClaimRetention, Storage, StorageAccessMode } from '../storage';
import { ExtraVolumeMount } from '../volume';

/** What a plan is made from: a pure function of this gives the same plan every time. */
export interface Request {
  readonly id: string;
  readonly namespace: string | undefined;
  readonly props: PostgresStatefulSetProps;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Settles every default. Wrong values pass through: the rules find them afterwards, all together. */
export function resolvePlan(request: Request): Plan {
  const { props } = request;
  const name = props.name ?? request.id;
  const database = props.database ?? 'app';
  const owner = props.owner ?? database;
  const instances = 1;
  const image = resolveImage(props);
  const data = resolveVolume(props.storage ?? Storage.persistent(Size.gibibytes(10)));
  const wal = props.walStorage === undefined ? [] : [resolveVolume(props.walStorage)];
  const resources = resolveResources(props.resources ?? {}, Cpu.millis(250), Size.gibibytes(1));
  const major = Number(props.version.major);
  const backups = (props.backups ?? []).map((backup) => resolveBackup(name, backup, data));
  const walSegmentMebibytes = mebibytes(props.initdb?.walSegmentSize ?? Size.mebibytes(16));
  const locale = props.initdb?.locale ?? (major >= 17 ? Locale.builtin('C.UTF-8') : Locale.icu('und'));
  const graceSeconds = props.terminationGracePeriod?.toSeconds() ?? 300;
  const parameters = props.parameters ?? {};
  const sidecars = (props.sidecars ?? []).map(resolveSidecar);
  const mounts = (props.volumeMounts ?? []).map(resolveMount);

  return deepFreeze({
    name,
    namespaces: request.namespace === undefined ? [] : [request.namespace],
    version: { text: props.version.version, major },
    image,
    instances,
    primaryOrdinal: 0,
    podManagement: props.podManagement ?? PodManagement.PARALLEL,
    update: resolveUpdate(props.rollout ?? Rollout.rollingUpdate(), instances),
    data,
    wal,
    claimRetention: {
      whenDeleted: props.storage?._options.whenDeleted ?? ClaimRetention.RETAIN,
      whenScaled: props.storage?._options.whenScaled ?? ClaimRetention.RETAIN,
    },
    resources,
    sharedMemory: ofMebibytes(sharedMemory(resources.memory.mebibytes)),
    settings: resolveSettings({ name, major, parameters, data, wal, memory: resources.memory.mebibytes, walSegmentMebibytes }),
    reserved: Object.entries(parameters).flatMap(([parameter, value]) => insteadOf(parameter) === undefined ? [] : [{ name: parameter, value }]),
    database,
    owner,
    roles: resolveRoles(owner, backups),
    credentials: resolveCredentials(name, owner, props.credentials ?? Credentials.fromSecretName(`${name}-credentials`), request.environment),
    initdb: { provider: locale._provider, locale: locale._locale, walSegmentMebibytes },
    // Ten seconds are left for an immediate shutdown, which is gentler than the kill that ends the grace period.
    stop: { graceSeconds, fastSeconds: graceSeconds - 10 },
    acknowledged: {
      major: acknowledged(props, 'major'),
      libc: acknowledged(props, 'libc'),
      cluster: acknowledged(props, 'cluster'),
    },
    backups,
    scheduling: resolveScheduling(props.scheduling ?? {}),
    imagePullSecrets: [...props.imagePullSecrets ?? []],
    serviceAccount: { name: props.serviceAccountName ?? name, composed: props.serviceAccountName === undefined },
    // Copies: the plan is frozen, the program's own maps are not.
    labels: { ...props.labels },
    annotations: { ...props.annotations },
    environment: resolveEnvironment(props.environment ?? {}),
    mounts,
    extraVolumes: resolveExtraVolumes([...props.volumeMounts ?? [], ...(props.sidecars ?? []).flatMap((sidecar) => sidecar.volumeMounts ?? [])]),
    sidecars,
  });
}

/** The database of another program, by the same defaults as there. */
export function resolveImported(attributes: PostgresAttributes): Required<Omit<PostgresAttributes, 'namespaceName'>> & { readonly namespaces: readonly string[] } {
  const { name, namespaceName, database = 'app' } = attributes;
  return {
    name,
    namespaces: list(namespaceName),
    database,
    owner: attributes.owner ?? database,
    secretName: attributes.secretName ?? `${name}-credentials`,
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
      ownPasswd: runAsUser !== 999 && runAsUser !== 70,
    };
  }
  const { variant = ImageVariant.TRIXIE, registry, digest } = image._official ?? {};
  const user = variant.tag.startsWith('alpine') ? 70 : 999;
  const reference = `${registry === undefined ? '' : `${registry}/`}postgres:${props.version.version}-${variant.tag}`;
  return { reference: digest === undefined ? reference : `${reference}@${digest}`, runAsUser: user, runAsGroup: user, ownPasswd: false };
}

function resolveUpdate(rollout: Rollout, instances: number): UpdatePlan {
  switch (rollout._kind) {
    case 'rollingUpdate': return { kind: 'RollingUpdate', partition: 0 };
    case 'canary': return { kind: 'RollingUpdate', partition: instances - rollout._count };
    case 'replicasOnly': return { kind: 'RollingUpdate', partition: 1 };
    case 'paused': return { kind: 'RollingUpdate', partition: instances };
    case 'partition': return { kind: 'RollingUpdate', partition: rollout._count };
    case 'onDelete': return { kind: 'OnDelete' };
  }
}

function resolveVolume(storage: Storage): VolumePlan {
  if (storage._size === undefined) return { kind: 'ephemeral' };
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

function resolveResources(resources: PostgresResources, cpu: Cpu, memory: Size): ResourcesPlan {
  const requested = quantity(resources.memory ?? memory);
  return {
    cpu: (resources.cpu ?? cpu).asString(),
    cpuLimits: list(resources.cpuLimit).map((limit) => limit.asString()),
    memory: requested,
    memoryLimit: resources.memoryLimit === undefined ? requested : quantity(resources.memoryLimit),
  };
}

function resolveRoles(owner: string, backups: readonly BackupPlan[]): RolePlan[] {
  return [
    { name: 'postgres', kind: 'superuser', passwordFile: 'superuser-password' },
    { name: owner, kind: 'owner', passwordFile: 'password' },
    ...backups.slice(0, 1).map((): RolePlan => ({ name: 'backup', kind: 'backup', passwordFile: 'backup-password' })),
  ];
}

function resolveCredentials(name: string, owner: string, credentials: Credentials, environment: Request['environment']): CredentialsPlan {
  const keys = {
    'username': credentials._keys.username ?? 'username',
    'password': credentials._keys.password ?? 'password',
    'superuser-password': credentials._keys.superuserPassword ?? 'superuser-password',
    'replication-password': credentials._keys.replicationPassword ?? 'replication-password',
    'backup-password': credentials._keys.backupPassword ?? 'backup-password',
  };
  const secretName = credentials._secretName ?? `${name}-credentials`;
  const given = credentials._variables ?? credentials._values;
  if (given === undefined) return { composed: false, secretName, keys, values: {}, missingVariables: [] };

  const sources = Object.entries({
    'password': given.password, 'superuser-password': given.superuserPassword, 'backup-password': given.backupPassword,
  }).flatMap(([file, source]) => source === undefined ? [] : [{ file, source }]);
  const read = (source: string): string => credentials._variables === undefined ? source : environment[source] ?? '';
  return {
    composed: true,
    secretName,
    keys,
    values: { username: owner, ...Object.fromEntries(sources.map(({ file, source }) => [file, read(source)])) },
    missingVariables: credentials._variables === undefined ? [] : sources.map(({ source }) => source).filter((source) => read(source) === ''),
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
    deadlineSeconds: options.deadline?.toSeconds() ?? 6 * 3600,
    startingDeadlineSeconds: options.startingDeadline?.toSeconds() ?? 3600,
    suspended: options.suspended ?? false,
  };
}

function resolveClaim(name: string, target: BackupTarget | undefined, data: VolumePlan): ClaimPlan {
  if (target?._claimName !== undefined) return { composed: false, name: target._claimName };
  const likeData = data.kind === 'persistent' ? data.size : quantity(Size.gibibytes(10));
  return {
    composed: true,
    name,
    size: target?._size === undefined ? likeData : quantity(target._size),
    storageClasses: list(target?._options.storageClass),
    accessMode: target?._options.accessMode ?? StorageAccessMode.READ_WRITE_ONCE,
  };
}

function resolveScheduling(scheduling: Scheduling): SchedulingPlan {
  return {
    nodeSelector: { ...scheduling.nodeSelector },
    tolerations: (scheduling.tolerations ?? []).map((toleration) => ({
      key: toleration._key,
      values: list(toleration._value),
      effects: list(toleration._options.effect),
      seconds: list(toleration._options.duration?.toSeconds()),
    })),
    priorityClasses: list(scheduling.priorityClass),
  };
}

function resolveEnvironment(environment: { readonly [name: string]: EnvironmentValue }): EnvironmentPlan[] {
  return sorted(environment).map(([name, value]) => ({ name, kind: value._kind, source: value._source, key: value._key }));
}

function resolveMount(mount: ExtraVolumeMount): MountPlan {
  return { volume: mount.volume.name, path: mount.path, subPaths: list(mount.subPath), readOnly: mount.readOnly ?? true };
}

/** One volume that several containers mount is one object; two objects of one name are found by the rules. */
function resolveExtraVolumes(mounts: readonly ExtraVolumeMount[]): ExtraVolumePlan[] {
  return [...new Set(mounts.map((mount) => mount.volume))].map((volume) => ({
    name: volume.name, kind: volume._kind, source: volume._source, sizeLimits: list(volume._sizeLimit).map((size) => size.asString()),
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

function list<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function mebibytes(size: Size): number {
  return size.toMebibytes({ rounding: SizeRoundingBehavior.NONE });
}

function quantity(size: Size): Quantity {
  return { text: size.asString(), mebibytes: mebibytes(size) };
}

function ofMebibytes(amount: number): Quantity {
  return quantity(Size.mebibytes(amount));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
