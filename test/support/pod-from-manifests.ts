import type { Container, EnvVar, KeyToPath, PodSpec, Volume, VolumeMount, VolumeProjection } from 'kubernetes-types/core/v1';
import type { Files, Mount, PodDescription } from './pod/description';
import type { Server } from './servers';

/** A Kubernetes object as synthesized: an entry of `Testing.synth(chart)` or of a YAML file. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly [field: string]: any;
}

export interface PodFromManifests {
  readonly server: Server;
  /** Directories of this machine by the claims' names: those of `volumeClaimTemplates`, or `claimName`. */
  readonly claims: Readonly<Record<string, string>>;
  /** The StatefulSet or CronJob; the only one of the manifests unless told. */
  readonly workload?: string;
  /** Which pod of a StatefulSet; 0 unless told. */
  readonly ordinal?: number;
  /** Which container; the first one unless told. */
  readonly container?: string;
}

/** What `Pod.start` takes, and what the kubelet knows besides. */
export interface ManifestPod extends PodDescription {
  readonly probes: Readonly<Record<'startup' | 'liveness' | 'readiness', readonly string[]>>;
  /** terminationGracePeriodSeconds, for `pod.stop({ grace })` */
  readonly grace: number;
}

/** Describes a pod of a synthesized workload, with the ConfigMaps and Secrets that are among the manifests. */
export function podFromManifests(manifests: readonly KubernetesObject[], options: PodFromManifests): ManifestPod {
  const { server, claims, ordinal = 0 } = options;
  const workload = findWorkload(manifests, options.workload);
  const template = workload.kind === 'CronJob' ? workload.spec.jobTemplate.spec.template : workload.spec.template;
  const spec = template.spec as PodSpec;
  const container = spec.containers.find(({ name }) => name === (options.container ?? spec.containers[0].name));
  if (!container?.command) throw new Error(`${workload.kind} ${workload.metadata.name} has no container ${options.container ?? ''} with a command`);

  const podName = workload.kind === 'CronJob' ? workload.metadata.name : `${workload.metadata.name}-${ordinal}`;
  const source = new Source(manifests, { 'metadata.name': podName, 'metadata.namespace': workload.metadata.namespace ?? 'default' });
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const user = { ...spec.securityContext, ...container.securityContext };
  return {
    server,
    hostname: podName,
    uid: user.runAsUser,
    gid: user.runAsGroup,
    fsGroup: spec.securityContext?.fsGroup,
    command: [...container.command, ...container.args ?? []],
    env: Object.fromEntries((container.env ?? []).flatMap((variable) => source.variable(variable))),
    mounts: (container.volumeMounts ?? []).map((mount) => source.mount(mount, volumes.get(mount.name), claims)),
    probes: { startup: probe(container.startupProbe), liveness: probe(container.livenessProbe), readiness: probe(container.readinessProbe) },
    grace: spec.terminationGracePeriodSeconds ?? 30,
  };
}

/** The files that a description mounts at a path: what `pod.update` takes when a ConfigMap or Secret has changed. */
export function filesAt({ mounts = [] }: PodDescription, path: string): Files {
  const found = mounts.find((mount) => mount.path === path && mount.subPath === undefined);
  if (found?.kind !== 'files') throw new Error(`no files are mounted at ${path}`);
  return found.files;
}

function findWorkload(manifests: readonly KubernetesObject[], name?: string): KubernetesObject {
  const kinds = name === undefined ? ['StatefulSet'] : ['StatefulSet', 'CronJob'];
  const found = manifests.filter(({ kind, metadata }) => kinds.includes(kind) && (name === undefined || metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} workloads ${name ?? ''} among the manifests instead of one`);
  return found[0];
}

function probe(of: Container['startupProbe']): readonly string[] {
  return of?.exec?.command ?? [];
}

/** Resolves what a container refers to. */
class Source {
  constructor(private readonly manifests: readonly KubernetesObject[], private readonly fields: Readonly<Record<string, string>>) {}

  /** None for a reference that is optional and leads nowhere. */
  variable({ name, value, valueFrom }: EnvVar): [string, string][] {
    // as the kubelet reads it; `$(NAME)` is not looked up, the library writes none
    if (!valueFrom) return [[name, (value ?? '').replace(/\$\$/g, '$$')]];
    if (valueFrom.fieldRef) {
      const field = this.fields[valueFrom.fieldRef.fieldPath];
      if (field === undefined) throw new Error(`the variable ${name} asks for ${valueFrom.fieldRef.fieldPath}, which a pod here does not know`);
      return [[name, field]];
    }
    const reference = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
    if (!reference?.name) throw new Error(`the variable ${name} has a source that a pod here does not know`);
    const content = this.content(valueFrom.secretKeyRef ? 'Secret' : 'ConfigMap', reference.name, reference.optional ?? false)[reference.key];
    if (content === undefined && !reference.optional) throw new Error(`${reference.name} has no key ${reference.key} for the variable ${name}`);
    return content === undefined ? [] : [[name, String(content)]];
  }

  mount({ mountPath: path, subPath, readOnly, name }: VolumeMount, volume: Volume | undefined, claims: Readonly<Record<string, string>>): Mount {
    const common = { path, ...subPath === undefined ? {} : { subPath }, ...readOnly === undefined ? {} : { readOnly } };
    const { configMap, secret, projected, emptyDir, persistentVolumeClaim } = volume ?? {};
    if (configMap) {
      const content = this.content('ConfigMap', configMap.name!, configMap.optional ?? false);
      return { ...common, kind: 'files', files: selected(content, configMap.items), mode: configMap.defaultMode };
    }
    if (secret) {
      const content = this.content('Secret', secret.secretName!, secret.optional ?? false);
      return { ...common, kind: 'files', files: selected(content, secret.items, secret.optional), mode: secret.defaultMode };
    }
    if (projected) return { ...common, kind: 'files', files: this.projection(projected.sources ?? []), mode: projected.defaultMode };
    // only this one is used as memory; the others stay over a restart of the container
    if (emptyDir) return { ...common, kind: 'memory', volume: name, ...path === '/dev/shm' ? { size: tmpfsSize(emptyDir.sizeLimit) } : {} };
    const host = claims[persistentVolumeClaim?.claimName ?? name];
    if (host === undefined) throw new Error(`the volume ${name} is neither a ConfigMap, Secret or emptyDir nor among the given claims`);
    return { ...common, kind: 'directory', host };
  }

  private projection(sources: readonly VolumeProjection[]): Files {
    return Object.assign({}, ...sources.map(({ configMap, secret }) => {
      const one = configMap ?? secret;
      if (!one?.name) throw new Error('a projected volume has a source that a pod here does not know');
      return selected(this.content(configMap ? 'ConfigMap' : 'Secret', one.name, one.optional ?? false), one.items, one.optional);
    })) as Files;
  }

  private content(kind: 'ConfigMap' | 'Secret', name: string, optional: boolean): Files {
    const found = this.manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
    if (!found && !optional) throw new Error(`the ${kind} ${name} is not among the manifests`);
    if (kind === 'ConfigMap') return { ...found?.data };
    const encoded = Object.entries<string>(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]);
    return { ...Object.fromEntries(encoded), ...found?.stringData };
  }
}

/** The keys that `items` names, at their paths; all when there are no items. */
function selected(content: Files, items?: readonly KeyToPath[], optional = false): Files {
  if (!items) return content;
  const missing = items.filter(({ key }) => content[key] === undefined);
  if (missing.length > 0 && !optional) throw new Error(`no key ${missing[0].key} for the path ${missing[0].path}`);
  return Object.fromEntries(items.filter((item) => !missing.includes(item)).map(({ key, path }) => [path, content[key]]));
}

/** 64Mi as tmpfs says it */
function tmpfsSize(quantity = '64Mi'): string {
  const [, amount, unit] = /^(\d+)([KMG])i$/.exec(quantity) ?? [];
  if (!amount) throw new Error(`the size ${quantity} is not in Ki, Mi or Gi`);
  return amount + unit.toLowerCase();
}
