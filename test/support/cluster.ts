import { Pod, temporaryClaim } from './pod';
import { Names } from './pod/names';
import { Link, PrivateNetwork } from './pod/network';
import { filesAt, KubernetesObject, ManifestPod, podFromManifests } from './pod-from-manifests';
import { Question } from './polling';
import { Server } from './servers';

export interface ClusterOptions {
  readonly server: Server;
  /** What a program of the library synthesized; pods are made from its only StatefulSet. */
  readonly manifests: readonly KubernetesObject[];
  /** The ordinals to begin with; all that the StatefulSet wants unless told. */
  readonly start?: readonly number[];
  /** Volumes that an ordinal's claims begin with, by the names of the claim templates; empty ones unless told. */
  readonly volumes?: (ordinal: number) => Readonly<Record<string, string>>;
  /** Differs a pod from what the manifests say, such as by its programs. */
  readonly change?: (description: ManifestPod, ordinal: number) => ManifestPod;
}

/** What a probe said. */
export interface Probed {
  readonly status: number | null;
  readonly text: string;
}

interface Member {
  readonly pod: Pod;
  readonly description: ManifestPod;
  /** The objects that the pod was made from. */
  readonly made: readonly KubernetesObject[];
}

/**
 * The pods of one StatefulSet on this machine, each in a network namespace of its own, joined by a network of their own.
 * As in a cluster a new pod has a new address and the claims of its ordinal, and its name leads to it as long as it is there.
 * It ends with the test file, or with the test process, however that ends.
 */
export class Cluster {
  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options, await PrivateNetwork.create());
    await Promise.all((options.start ?? range(cluster.statefulSet.spec.replicas as number)).map(async (ordinal) => cluster.startPod(ordinal)));
    return cluster;
  }

  private readonly members = new Map<number, Member>();
  private readonly links = new Map<number, Link>();
  private readonly claims = new Map<number, Record<string, string>>();
  private readonly hidden = new Set<number>();
  private readonly withoutNames = new Set<number>();
  /** What the pods of an ordinal were told last, where changes do not reach them. */
  private readonly withheld = new Map<number, readonly KubernetesObject[]>();
  private manifests: readonly KubernetesObject[];

  private constructor(private readonly options: ClusterOptions, private readonly network: PrivateNetwork) {
    this.manifests = options.manifests;
  }

  get name(): string {
    return this.statefulSet.metadata.name;
  }

  /** The ordinals that have a pod, in order. */
  get ordinals(): readonly number[] {
    return [...this.members.keys()].sort((a, b) => a - b);
  }

  /** The ordinal that the topology declares. */
  get primary(): number {
    return Number(this.topology.data.primary);
  }

  pod(ordinal: number): Pod {
    return this.member(ordinal).pod;
  }

  /** A pod's address, which changes when it is made anew. */
  address(ordinal: number): string {
    return this.link(ordinal).address;
  }

  /** The name of a pod behind the headless Service. */
  host(ordinal: number): string {
    return `${this.name}-${ordinal}.${this.name}-headless`;
  }

  /** The directory of this machine that is that ordinal's claim. */
  claim(ordinal: number, name = 'data'): string {
    const claims = this.claimsOf(ordinal);
    if (!(name in claims)) throw new Error(`the StatefulSet has no claim ${name}`);
    return claims[name];
  }

  /** Makes a pod, with the claims that its ordinal has had before. */
  async startPod(ordinal: number): Promise<Pod> {
    if (this.links.has(ordinal)) throw new Error(`there is a pod ${ordinal} already`);
    this.links.set(ordinal, await this.network.link());
    const made = this.withheld.get(ordinal) ?? this.manifests;
    const description = this.describe(made, ordinal);
    const pod = await Pod.start({ ...description, network: this.link(ordinal), names: this.namesFor(ordinal) });
    this.members.set(ordinal, { pod, description, made });
    // what was applied while it started
    if (made !== this.manifests && !this.withheld.has(ordinal)) this.bring(ordinal);
    this.spreadNames();
    return pod;
  }

  /** Deletes a pod as `kubectl delete pod` does, with its grace period; its claims stay. */
  async stopPod(ordinal: number): Promise<void> {
    const { pod, description } = this.member(ordinal);
    await pod.stop({ grace: description.grace });
    await this.remove(ordinal);
  }

  /** The end of a pod whose node is lost. */
  async killPod(ordinal: number): Promise<void> {
    await this.member(ordinal).pod.kill();
    await this.remove(ordinal);
  }

  /** Deletes a pod and makes it again from the newest manifests, as a rollout does. */
  async restart(ordinal: number): Promise<Pod> {
    await this.stopPod(ordinal);
    return this.startPod(ordinal);
  }

  /** Kills a container's first process and starts it again in the same pod, as the kubelet does; `between` runs while it is down. */
  async restartContainer(ordinal: number, between: () => Promise<void> | void = () => undefined): Promise<void> {
    const pod = this.pod(ordinal);
    await pod.kill();
    await between();
    await pod.restart();
  }

  /** Forgets a claim of an ordinal without a pod; the next pod gets a fresh one. */
  deleteClaim(ordinal: number, name = 'data'): void {
    if (this.members.has(ordinal)) throw new Error(`pod ${ordinal} uses its claim`);
    this.claim(ordinal, name);
    this.claimsOf(ordinal)[name] = temporaryClaim();
  }

  /** Declares another number of instances and has the pods follow, all at once. */
  async scale(instances: number): Promise<void> {
    this.declare({ instances });
    await this.kubectlScale(instances);
  }

  /** Changes the number of pods and leaves what is declared. */
  async kubectlScale(replicas: number): Promise<void> {
    const gone = this.ordinals.filter((ordinal) => ordinal >= replicas).map(async (ordinal) => this.stopPod(ordinal));
    const fresh = range(replicas).filter((ordinal) => !this.links.has(ordinal)).map(async (ordinal) => this.startPod(ordinal));
    await Promise.all([...gone, ...fresh]);
  }

  /** Changes files of the topology on all pods, as an applied ConfigMap does after a while. */
  declare(changes: { readonly instances?: number; readonly primary?: number }): void {
    const data = Object.fromEntries(Object.entries(changes).map(([file, value]) => [file, `${value}\n`]));
    const { topology } = this;
    this.apply(this.manifests.map((object) => (object === topology ? { ...topology, data: { ...topology.data, ...data } } : object)));
  }

  /**
   * Applies what a changed program synthesized: ConfigMaps and Secrets reach the pods that mount them by name, anything else the
   * pods that are made from now on.
   */
  apply(manifests: readonly KubernetesObject[]): void {
    this.manifests = manifests;
    for (const ordinal of this.members.keys()) if (!this.withheld.has(ordinal)) this.bring(ordinal);
  }

  /** From now on changes of ConfigMaps and Secrets do not reach the pods of that ordinal, as where a node does not hear of them. */
  withhold(ordinal: number): void {
    if (!this.withheld.has(ordinal)) this.withheld.set(ordinal, this.manifests);
  }

  /** Brings what was withheld. */
  deliver(ordinal: number): void {
    if (this.withheld.delete(ordinal) && this.members.has(ordinal)) this.bring(ordinal);
  }

  /** Drops all packets of a pod, or those between two pods, without an answer. */
  cut(ordinal: number, other?: number): void {
    this.network.cut(this.address(ordinal), other === undefined ? undefined : this.address(other));
  }

  heal(ordinal: number, other?: number): void {
    this.network.heal(this.address(ordinal), other === undefined ? undefined : this.address(other));
  }

  /** Lets a pod ask a name server that does not answer, for all names but its own. */
  cutNames(ordinal: number): void {
    this.withoutNames.add(ordinal);
    this.spreadNames();
  }

  healNames(ordinal: number): void {
    this.withoutNames.delete(ordinal);
    this.spreadNames();
  }

  /** Makes the name of a pod unknown to all others, whether the pod is there or comes later. */
  hide(ordinal: number): void {
    this.hidden.add(ordinal);
    this.spreadNames();
  }

  show(ordinal: number): void {
    this.hidden.delete(ordinal);
    this.spreadNames();
  }

  /** Runs SQL in a pod as the superuser over the socket and returns what it printed; fails when it fails. */
  async sql(ordinal: number, text: string, database = 'postgres'): Promise<string> {
    const command = ['psql', '-X', '-At', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', database];
    const { status, stdout, stderr } = await this.pod(ordinal).exec(command, { input: text });
    if (status !== 0) throw new Error(`psql in pod ${ordinal} ended with ${status}: ${stderr}`);
    return stdout.trim();
  }

  /** Runs a probe as the kubelet does. */
  async probe(ordinal: number, kind: 'startup' | 'liveness' | 'readiness'): Promise<Probed> {
    const { pod, description } = this.member(ordinal);
    const { status, stdout } = await pod.exec(description.probes[kind]);
    return { status, text: stdout.trim() };
  }

  async readiness(ordinal: number): Promise<Probed> {
    return this.probe(ordinal, 'readiness');
  }

  /** Waits until these pods, all but the primary unless told, stream from it and have replayed all that it has written by now. */
  async waitForStreaming({ ordinals = this.ordinals.filter((one) => one !== this.primary), timeout = 60_000 } = {}): Promise<void> {
    let end = '';
    await this.waitFor(async () => {
      end ||= await this.sql(this.primary, 'SELECT pg_current_wal_lsn()');
      const streaming = await this.sql(this.primary, `SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn >= '${end}'`);
      return ordinals.every((ordinal) => streaming.split('\n').includes(`${this.name}-${ordinal}`));
    }, { timeout, what: `streaming of ${ordinals.join(', ')}` });
  }

  /** Waits until the predicate gives something true, and returns it; one that throws is asked again. */
  async waitFor<T>(predicate: () => T | Promise<T>, { timeout = 30_000, what = 'the condition' } = {}): Promise<NonNullable<T>> {
    const start = Date.now();
    const question = new Question(predicate);
    let failure: unknown;
    for (;;) {
      try {
        const value = await question.ask();
        if (value) return value;
        failure = undefined;
      } catch (error) {
        failure = error;
      }
      if (Date.now() - start > timeout) {
        throw new Error(`${timeout} ms passed before ${what} came true${failure ? ` (${String(failure)})` : ''}\n${this.logs()}`);
      }
      await question.rest();
    }
  }

  /** The end of every pod's log. */
  logs(): string {
    return this.ordinals.map((ordinal) => `--- log of pod ${ordinal}:\n${this.pod(ordinal).logs().slice(-3000)}`).join('\n');
  }

  /** Kills all pods and removes what was made for them; claims stay until the end of the test file. */
  async end(): Promise<void> {
    await Promise.all([...this.members.values()].map(async ({ pod }) => pod.end()));
    this.members.clear();
    this.links.clear();
    this.network.end();
  }

  private get statefulSet(): KubernetesObject {
    return this.object('StatefulSet');
  }

  private get topology(): KubernetesObject {
    return this.object('ConfigMap', `${this.name}-topology`);
  }

  private object(kind: string, name?: string): KubernetesObject {
    const found = this.manifests.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
    if (!found) throw new Error(`no ${kind} ${name ?? ''} among the manifests`);
    return found;
  }

  private member(ordinal: number): Member {
    const found = this.members.get(ordinal);
    if (!found) throw new Error(`there is no pod ${ordinal}`);
    return found;
  }

  private link(ordinal: number): Link {
    const found = this.links.get(ordinal);
    if (!found) throw new Error(`there is no pod ${ordinal}`);
    return found;
  }

  /** Swaps the mounted files that differ from what the pod was told last. */
  private bring(ordinal: number): void {
    const { manifests } = this;
    const member = this.member(ordinal);
    const kept = member.made.filter((object) => object.kind === 'StatefulSet' || !manifests.some((other) => same(other, object)));
    const made = [...manifests.filter(({ kind }) => kind !== 'StatefulSet'), ...kept];
    const now = this.describe(made, ordinal);
    for (const mount of member.description.mounts ?? []) {
      if (mount.kind !== 'files' || mount.subPath !== undefined) continue;
      const files = filesAt(now, mount.path);
      if (!equal(files, filesAt(member.description, mount.path))) member.pod.update(mount.path, files);
    }
    this.members.set(ordinal, { ...member, made, description: now });
  }

  private describe(manifests: readonly KubernetesObject[], ordinal: number): ManifestPod {
    const { server, change = (description: ManifestPod) => description } = this.options;
    return change(podFromManifests(manifests, { server, claims: this.claimsOf(ordinal), ordinal }), ordinal);
  }

  private claimsOf(ordinal: number): Record<string, string> {
    const templates = (this.statefulSet.spec.volumeClaimTemplates ?? []) as KubernetesObject[];
    const made = (): Record<string, string> => ({
      ...Object.fromEntries(templates.map(({ metadata }) => [metadata.name, temporaryClaim()])), ...this.options.volumes?.(ordinal),
    });
    const claims = this.claims.get(ordinal) ?? made();
    this.claims.set(ordinal, claims);
    return claims;
  }

  private async remove(ordinal: number): Promise<void> {
    const { pod } = this.member(ordinal);
    const link = this.link(ordinal);
    this.members.delete(ordinal);
    this.links.delete(ordinal);
    this.spreadNames();
    await pod.end();
    link.end();
  }

  private spreadNames(): void {
    for (const [ordinal, { pod }] of this.members) pod.resolve(this.namesFor(ordinal));
  }

  private namesFor(ordinal: number): Names {
    if (this.withoutNames.has(ordinal)) return { hosts: {}, server: this.network.silent };
    const visible = [...this.links].filter(([other]) => other === ordinal || !this.hidden.has(other));
    const pods = visible.flatMap(([other, { address }]) => this.forms(this.host(other)).map((name) => [name, address]));
    const primary = this.links.get(this.primary);
    const services = primary ? this.forms(this.name).map((name) => [name, primary.address]) : [];
    return { hosts: Object.fromEntries([...services, ...pods]) };
  }

  /** A name as pods of the same namespace may write it. */
  private forms(name: string): string[] {
    const { namespace = 'default' } = this.statefulSet.metadata;
    return ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map((suffix) => name + suffix);
  }
}

function range(count: number): number[] {
  return [...Array(count).keys()];
}

function same(one: KubernetesObject, other: KubernetesObject): boolean {
  return one.kind === other.kind && one.metadata.name === other.metadata.name;
}

function equal(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  const text = (files: Readonly<Record<string, unknown>>) => JSON.stringify(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text(one) === text(other);
}
