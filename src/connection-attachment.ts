import { ApiObject, Chart } from 'cdk8s';
import type { AbstractPod, Container, IStorage } from 'cdk8s-plus-28';
import { Construct, IConstruct } from 'constructs';
import { DatabaseClient } from './database-client';
import { bindingConfigMap, bindingVariables, bindingVolume, clientNetworkPolicy, connectionVariables, PolicyServer } from './kubernetes/client-objects';
import type { Manifest } from './kubernetes/manifest';
import type { PeerPlan } from './plan/plan';
import type { ConnectionPlan } from './plan/resolve-connection';

type PodsPlan = Extract<PeerPlan, { kind: 'pods' }>;

/** Tells a workload's containers where the database is and where the password. */
export function attach(workload: AbstractPod, connection: ConnectionPlan): void {
  const containers = toldContainers(workload, connection);
  if (connection.form === 'environment') {
    for (const container of containers) setVariables(container, connectionVariables(connection));
    return;
  }
  const { _labels, _namespaceName } = DatabaseClient.workload(workload);
  const configMap = bindingConfigMap(connection, _labels);
  objectIn(workload, configMap, _namespaceName == null ? [] : [_namespaceName]);
  const volume = ProjectedVolume.in(workload, bindingVolume(connection, configMap));
  const variables = bindingVariables(connection);
  for (const container of containers) {
    if (container.env.variables.SERVICE_BINDING_ROOT?.value !== variables.SERVICE_BINDING_ROOT.value) setVariables(container, variables);
    mountOnce(container, `${connection.bindingRoot}/${connection.folder}`, volume);
  }
}

/** Lets a client's pods out. */
export function attachPolicy(scope: Construct, server: PolicyServer, { labels, namespaces }: PodsPlan): void {
  objectIn(scope, clientNetworkPolicy(server, labels), namespaces);
}

/** The same connection again is no other one. */
function mountOnce(container: Container, path: string, volume: ProjectedVolume): void {
  const found = container.mounts.find((mount) => mount.path === path);
  if (found?.volume.name === volume.name) return;
  if (found) {
    throw new Error(`the container "${container.name}" has "${path}" already, of the volume "${found.volume.name}"; `
      + 'connect one of the two in another container or with ConnectionForm.ENVIRONMENT, and import a database once, with database and user in the options');
  }
  // cdk8s-plus asks a volume for its name and its manifest and for nothing else, but its class can be made by itself only.
  container.mount(path, volume as unknown as IStorage, { readOnly: true });
}

/** What the clients of a program have already: two workloads, or a workload and a database, may ask for one object. */
const MADE = new WeakMap<IConstruct, Map<string, ApiObject>>();

/** An object of a client in the namespace of the client, which may be another one than the chart's; once, whoever asks for it. */
function objectIn(scope: Construct, { apiVersion, kind, metadata, body }: Manifest, namespaces: readonly string[]): void {
  const chart = Chart.of(scope);
  const made = MADE.get(scope.node.root) ?? new Map<string, ApiObject>();
  MADE.set(scope.node.root, made);
  const key = JSON.stringify([kind, metadata.name, ...namespaces.length > 0 ? namespaces : [chart.namespace ?? { chart: chart.node.path }]]);
  const known = made.get(key);
  if (known && isInTree(known)) return;
  const namespace = Object.fromEntries(namespaces.map((name) => ['namespace', name]));
  const id = [metadata.name, ...namespaces.filter((name) => name !== chart.namespace)].join('.');
  made.set(key, new ApiObject(scope, id, { apiVersion, kind, metadata: { ...metadata, ...namespace }, ...body }));
}

/** Whether nobody has removed it, or what it is in. */
function isInTree(object: IConstruct): boolean {
  return object.node.scopes.every((one) => one.node.scope === undefined || one.node.scope.node.tryFindChild(one.node.id) === one);
}

function toldContainers(workload: AbstractPod, { containers }: ConnectionPlan): Container[] {
  const all = [...workload.containers, ...workload.initContainers];
  const told = containers.length === 0 ? all : all.filter(({ name }) => containers.includes(name));
  const missing = containers.filter((name) => !told.some((container) => container.name === name));
  if (told.length === 0 || missing.length > 0) {
    throw new Error(`${workload.node.path}: ${missing.length > 0 ? `no container is named ${missing.join(', ')}` : 'there is no container yet'}; add it before it is connected`);
  }
  return told;
}

/** What is set already is somebody's decision, or the way to another database. */
function setVariables(container: Container, variables: Readonly<Record<string, { readonly value?: string }>>): void {
  const taken = Object.keys(variables).filter((name) => Object.hasOwn(container.env.variables, name));
  if (taken.length > 0) {
    throw new Error(`the container "${container.name}" has ${taken.join(', ')} already; a second database is connected with ConnectionForm.FILES`);
  }
  for (const [name, value] of Object.entries(variables)) container.env.addVariable(name, value);
}

/** A volume of several sources, which cdk8s-plus cannot make. */
class ProjectedVolume extends Construct {
  public static in(scope: Construct, manifest: { readonly name: string }): ProjectedVolume {
    const found = scope.node.tryFindChild(manifest.name);
    return found instanceof ProjectedVolume ? found : new ProjectedVolume(scope, manifest.name, manifest);
  }

  public readonly name: string;

  private constructor(scope: Construct, id: string, private readonly manifest: { readonly name: string }) {
    super(scope, id);
    this.name = manifest.name;
  }

  public asVolume(): this {
    return this;
  }

  /** @internal */
  public _toKube(): object {
    return this.manifest;
  }
}
