import { PASSWORD } from './database';
import type { Result } from './kubectl';
import { Manifest, Namespace } from './namespace';

export interface Connection {
  readonly host: string;
  readonly user?: string;
  readonly database?: string;
  readonly password?: string;
  /** Of several hosts, which one is wanted: `target_session_attrs`. */
  readonly session?: string;
}

const CLIENT_IMAGE = 'postgres:18.6-trixie';

export interface ClientOptions {
  readonly name?: string;
  /** Mounted under `/claim`. */
  readonly claim?: string;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A pod beside the database, from which programs of PostgreSQL are run as an application would. */
export class Client {
  public static async create(namespace: Namespace, options: ClientOptions = {}): Promise<Client> {
    const name = options.name ?? 'client';
    await namespace.apply([clientPod(name, options)]);
    await namespace.run(['wait', '--for=condition=Ready', '--timeout=120s', `pod/${name}`], { seconds: 130 });
    return new Client(namespace, name);
  }

  private constructor(public readonly namespace: Namespace, public readonly pod: string) {}

  public attempt(command: readonly string[], input?: string): Promise<Result> {
    return this.namespace.attempt(this.execArguments(command, input), { input });
  }

  public run(command: readonly string[], input?: string): Promise<string> {
    return this.namespace.run(this.execArguments(command, input), { input });
  }

  /** The statement's answer, unaligned. */
  public async sql(connection: Connection, text: string): Promise<string> {
    return (await this.run([...environment(connection), ...PSQL, '-c', text])).trim();
  }

  public attemptSql(connection: Connection, text: string): Promise<Result> {
    return this.attempt([...environment(connection), ...PSQL, '-c', text]);
  }

  private execArguments(command: readonly string[], input?: string): string[] {
    return ['exec', ...input === undefined ? [] : ['--stdin'], this.pod, '--', ...command];
  }
}

const PSQL = ['psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1'];

/** What libpq reads: no shell is between, so that every password stays as it is. */
export function environment({ host, user = 'app', database = 'app', password = PASSWORD, session = 'any' }: Connection): string[] {
  const named = { PGHOST: host, PGUSER: user, PGDATABASE: database, PGPASSWORD: password, PGTARGETSESSIONATTRS: session, PGCONNECT_TIMEOUT: 3 };
  return ['env', ...Object.entries(named).map(([name, value]) => `${name}=${value}`)];
}

function clientPod(name: string, { image = CLIENT_IMAGE, claim, labels = {} }: ClientOptions): Manifest {
  const container = {
    name: 'client',
    image,
    command: ['sleep', 'infinity'],
    resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '256Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: claim ? [{ name: 'claim', mountPath: '/claim' }] : [],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container],
      volumes: claim ? [{ name: 'claim', persistentVolumeClaim: { claimName: claim } }] : [],
    },
  };
}
