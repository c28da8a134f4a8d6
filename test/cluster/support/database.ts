import { App, Chart, Size } from 'cdk8s';
import { Manifest, Namespace } from './namespace';
import { until } from './wait';
import { Cpu, PostgresStatefulSet, PostgresStatefulSetProps, PostgresVersion, Storage } from '../../../src';

export type Props = Partial<PostgresStatefulSetProps>;

/** What a program says of a database after its construction; others of the same chart may be made here too. */
export type Declare = (db: PostgresStatefulSet, chart: Chart) => void;

export const PASSWORD = 'correct horse';

/** Several of them fit on a machine with two cores. */
const SMALL: PostgresStatefulSetProps = {
  version: PostgresVersion.V18,
  storage: Storage.persistent(Size.gibibytes(1)),
  resources: { cpu: Cpu.millis(50), memory: Size.mebibytes(256) },
};

/** One database of one pod in the cluster. */
export class Database {
  public readonly pod: string;
  protected readonly props: PostgresStatefulSetProps;

  public constructor(
    public readonly namespace: Namespace, public readonly name: string, props: Props = {}, protected readonly declare: Declare = () => undefined,
  ) {
    this.pod = `${name}-0`;
    this.props = { ...SMALL, ...props };
  }

  public manifests(changes: Props = {}): Manifest[] {
    const chart = new Chart(new App(), 'chart', { namespace: this.namespace.name });
    this.declare(new PostgresStatefulSet(chart, this.name, { ...this.props, ...changes }), chart);
    return chart.toJson();
  }

  /** As a user does it, without waiting. */
  public async apply(changes: Props = {}): Promise<void> {
    await this.namespace.apply(this.manifests(changes));
  }

  /** With its Secret, until it serves. */
  public async start(changes: Props = {}, secret: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.namespace.secret(`${this.name}-credentials`, { password: PASSWORD, ...secret });
    await this.apply(changes);
    await this.ready();
  }

  public async findPod(): Promise<any> {
    return this.namespace.find('pod', this.pod);
  }

  /** The Ready pod, another than the one that is named, once the controller has seen the last change. */
  public async ready(options: { readonly notUid?: string; readonly seconds?: number } = {}): Promise<any> {
    return until(`${this.pod} is Ready`, options.seconds ?? 120, async () => {
      const pod = await this.findPod();
      return isReady(pod) && pod.metadata.uid !== options.notUid ? pod : undefined;
    });
  }

  /** The StatefulSet, once its controller has seen the last change of it. */
  public async observed(): Promise<any> {
    return until(`the controller has seen the last change of ${this.name}`, 30, async () => {
      const set = await this.namespace.find('statefulset', this.name);
      return set && set.status.observedGeneration === set.metadata.generation ? set : undefined;
    });
  }

  public exec(...command: string[]): Promise<string> {
    return this.namespace.run(['exec', this.pod, '--container', 'postgres', '--', ...command]);
  }

  /** As the superuser over the socket. */
  public async sql(text: string, database = 'postgres'): Promise<string> {
    return (await this.exec('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', database, '-c', text)).trim();
  }

  public logs(...flags: string[]): Promise<string> {
    return this.namespace.run(['logs', this.pod, '--container', 'postgres', ...flags]);
  }

  /** The kubelet looks at the ConfigMaps and Secrets of a pod that changed at once, instead of within a minute. */
  public async refresh(): Promise<void> {
    await this.namespace.run(['annotate', 'pod', this.pod, '--overwrite', `tests/refreshed=${Date.now()}`]);
  }

  /** Which life of the container and of the server this is. */
  public async life(): Promise<{ readonly uid: string; readonly restarts: number; readonly server: string }> {
    const pod = await this.findPod();
    return { uid: pod.metadata.uid, restarts: serverStatus(pod).restartCount, server: await this.sql('SELECT pg_postmaster_start_time()') };
  }
}

export function serverStatus(pod: any): any {
  return pod.status.containerStatuses.find(({ name }: { name: string }) => name === 'postgres');
}

export function isReady(pod: any): boolean {
  return pod !== undefined && pod.metadata.deletionTimestamp === undefined
    && (pod.status.conditions ?? []).some(({ type, status }: any) => type === 'Ready' && status === 'True');
}
