import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Manifest, Namespace } from './namespace';
import { until } from './wait';

export const SCRIPTS = join(__dirname, '../../../examples/09-migrate-deployment');

/** What an old image is, and which folder of its volume it mounts. */
export interface OldImage {
  readonly major: number;
  readonly subPath?: string;
}

/** As many run it: the official image, a claim, a Deployment, and one role that is superuser and owner. */
export class OldDeployment {
  /** In its table `orders`. */
  public static readonly ROWS = 1000;

  public constructor(private readonly namespace: Namespace, private readonly name: string, private readonly image: OldImage) {}

  public get claim(): string {
    return `${this.name}-data`;
  }

  public manifests(): Manifest[] {
    const { major, subPath } = this.image;
    // the image declares its volume there since 18, and has its data directory in 18/docker of it
    const mountPath = major < 18 ? '/var/lib/postgresql/data' : '/var/lib/postgresql';
    const container = {
      name: 'postgres',
      image: `postgres:${major}`,
      imagePullPolicy: 'IfNotPresent',
      env: Object.entries({ POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'old', POSTGRES_DB: 'shop' }).map(([name, value]) => ({ name, value })),
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      volumeMounts: [{ name: 'data', mountPath, ...subPath ? { subPath } : {} }],
    };
    const labels = { app: this.name };
    return [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: this.claim },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: this.name },
        spec: {
          replicas: 1,
          strategy: { type: 'Recreate' },
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [container],
              volumes: [{ name: 'data', persistentVolumeClaim: { claimName: this.claim } }],
            },
          },
        },
      },
    ];
  }

  public async start(): Promise<void> {
    await this.namespace.apply(this.manifests());
    await until('the old server serves', 120, async () => (await this.sql('SELECT 1', 'shop')) === '1');
    await this.sql(`CREATE TABLE orders AS SELECT n, md5(n::text) AS text FROM generate_series(1, ${OldDeployment.ROWS}) n; CREATE TABLE empty (n serial PRIMARY KEY);
      CREATE VIEW shown AS SELECT * FROM orders; CREATE TYPE mood AS ENUM ('good');
      CREATE FUNCTION is_big(n int) RETURNS boolean LANGUAGE sql AS 'SELECT n > 100'`);
  }

  public async pod(): Promise<string> {
    const [pod] = await this.namespace.list('pods', `app=${this.name}`);
    return pod.metadata.name;
  }

  public async sql(text: string, database = 'shop'): Promise<string> {
    // over TCP: until its first start is over, the old image serves on a socket only
    const command = ['env', 'PGPASSWORD=old', 'psql', '-XAtq', '-h', '127.0.0.1', '-U', 'shop', '-d', database, '-v', 'ON_ERROR_STOP=1', '-c', text];
    return (await this.namespace.run(['exec', await this.pod(), '--', ...command])).trim();
  }

  public async stop(): Promise<void> {
    await this.namespace.run(['scale', 'deployment', this.name, '--replicas=0']);
    await until('the old pod is gone', 60, async () => (await this.namespace.list('pods', `app=${this.name}`)).length === 0);
  }
}

export interface Run { readonly status: number; readonly output: string }

/** Runs a script of the example; `seconds` kills it with what it started. */
export function run(script: string, args: readonly string[], seconds?: number): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', [join(SCRIPTS, script), ...args], { detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
    const timer = seconds && setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), seconds * 1000);
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status: status ?? 137, output });
    });
  });
}
