import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Files, Mount, Pod, PodDescription, temporaryClaim } from '../support/pod';
import { Server } from '../support/servers';

/** What a test may want to differ from the pod that most tests use. */
export interface DatabaseOptions {
  /** The claim; a fresh one unless told. */
  readonly claim?: string;
  /** The claim of the WAL volume; none unless told. */
  readonly walClaim?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: string;
  readonly reload?: string;
  readonly hba?: string;
  readonly credentials?: Files;
  readonly databases?: Files;
  readonly initScripts?: Files;
  readonly initScriptsMode?: number;
  readonly description?: Partial<PodDescription>;
  /** Further mounts; one for a path that is mounted already replaces that. */
  readonly mounts?: readonly Mount[];
}

export const volume = '/var/lib/postgresql';
export const walVolume = '/var/lib/postgresql-wal';
export const configuration = '/etc/cdk8s-postgres';

const source = join(__dirname, '../../src/runtime');

/** The scripts ConfigMap. */
export const scripts: Files = Object.fromEntries(
  readdirSync(source).filter((name) => name.endsWith('.sh')).map((name) => [name, readFileSync(join(source, name))]),
);

export const credentials: Files = { 'username': 'shop', 'password': 'shop-secret', 'superuser-password': 'super-secret' };

export const settings = `
listen_addresses = '*'
port = 5432
unix_socket_directories = '/var/run/postgresql'
max_connections = 60
shared_buffers = 32MB
max_wal_size = 256MB
logging_collector = off
include '${configuration}/reload/reload.conf'
`;

export const hba = `
local all all peer map=pod
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
host all all all scram-sha-256
`;

const ident = `
pod postgres postgres
pod postgres shop
`;

/** Declared objects as the library writes them: idempotent, run again and again. */
export const databases: Files = {
  'roles.sql': `
SELECT 'CREATE ROLE "shop" LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop') \\gexec
`,
  'databases.sql': `
SELECT 'CREATE DATABASE "shop" OWNER "shop"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'shop') \\gexec
`,
  'passwords': 'shop\tpassword\npostgres\tsuperuser-password\n',
};

function locale({ major, can }: Server): Record<string, string> {
  if (can.builtinLocale) return { PGSTS_LOCALE_PROVIDER: 'builtin', PGSTS_LOCALE: 'C.UTF-8' };
  if (can.icu) return { PGSTS_LOCALE_PROVIDER: 'icu', PGSTS_LOCALE: 'und' };
  if (major > 14) return { PGSTS_LOCALE_PROVIDER: 'libc', PGSTS_LOCALE: 'C.UTF-8' };
  throw new Error(`no locale for PostgreSQL ${major}`);
}

/**
 * The container `postgres` of the contract. Written by hand: the one place to replace when the container that the library
 * synthesizes can be used instead.
 */
export function container(server: Server, options: DatabaseOptions = {}): PodDescription {
  const { claim = temporaryClaim(), walClaim, mounts = [], description = {} } = options;
  const standard: Mount[] = [
    { path: '/opt/cdk8s-postgres', kind: 'files', files: scripts, mode: 0o555 },
    { path: `${configuration}/settings`, kind: 'files', files: { 'postgresql.conf': `${settings}${options.settings ?? ''}` } },
    { path: `${configuration}/reload`, kind: 'files', files: { 'reload.conf': options.reload ?? "work_mem = '4MB'\n" } },
    { path: `${configuration}/access`, kind: 'files', files: { 'pg_hba.conf': options.hba ?? hba, 'pg_ident.conf': ident } },
    { path: `${configuration}/topology`, kind: 'files', files: { primary: '0\n', instances: '1\n' } },
    { path: `${configuration}/databases`, kind: 'files', files: options.databases ?? databases },
    { path: `${configuration}/credentials`, kind: 'files', files: options.credentials ?? credentials, mode: 0o440 },
    { path: volume, kind: 'directory', host: claim },
    { path: '/var/run/postgresql', kind: 'memory' },
    { path: '/run/cdk8s-postgres', kind: 'memory' },
    { path: '/tmp', kind: 'memory' },
  ];
  if (walClaim) standard.push({ path: walVolume, kind: 'directory', host: walClaim });
  if (options.initScripts) {
    standard.push({ path: '/docker-entrypoint-initdb.d', kind: 'files', files: options.initScripts, mode: options.initScriptsMode ?? 0o644 });
  }
  return {
    server,
    command: ['bash', '/opt/cdk8s-postgres/supervisor.sh'],
    env: {
      PGDATA: `${volume}/${server.major}/docker`,
      PGHOST: '/var/run/postgresql',
      PGSTS_NAME: 'orders-db',
      PGSTS_POD: 'orders-db-0',
      PGSTS_MAJOR: String(server.major),
      PGSTS_WAL_VOLUME: walClaim ? walVolume : '',
      PGSTS_WAL_SEGMENT_MEBIBYTES: '16',
      PGSTS_OWNER: 'shop',
      PGSTS_STOP_SECONDS: '110',
      PGSTS_ON_DIVERGENCE: 'rewind',
      PGSTS_MAXIMUM_LAG_BYTES: '67108864',
      PGSTS_ACKNOWLEDGED_MAJOR: '',
      PGSTS_ACKNOWLEDGED_LIBC: '',
      PGSTS_ACKNOWLEDGED_CLUSTER: '',
      ...locale(server),
      ...options.env,
    },
    ...description,
    mounts: [...standard.filter(({ path }) => mounts.every((mount) => mount.path !== path)), ...mounts],
  };
}

/** A claim that is not fresh: `fill` puts something onto it. */
export function claimWith(fill: (claim: string) => void): string {
  const claim = temporaryClaim();
  fill(claim);
  chmodSync(claim, 0o2777);
  return claim;
}

/** Starts the container. */
export async function start(server: Server, options: DatabaseOptions = {}): Promise<Pod> {
  return Pod.start(container(server, options));
}

/** Starts the container and waits until the server serves. */
export async function serving(server: Server, options: DatabaseOptions = {}): Promise<Pod> {
  const pod = await start(server, options);
  await state(pod, 'running');
  return pod;
}

/** Starts the container again, after it ended, in the same pod, and waits until the server serves. */
export async function servingAgain(pod: Pod): Promise<void> {
  await begun(pod, async () => pod.restart());
  await state(pod, 'running');
}

/** Has a container started again and waits for its first words: until then the state file is still that of the ended one. */
export async function begun(pod: Pod, restart: () => Promise<void>): Promise<void> {
  const before = pod.logs().length;
  await restart();
  await pod.waitFor(() => pod.logs().slice(before).includes(' supervisor: starting'), { what: 'a supervisor that starts' });
}

/** What the state file says now. */
export async function currentState(pod: Pod): Promise<{ state: string; reason: string }> {
  const { stdout } = await pod.exec(['cat', '/run/cdk8s-postgres/state']);
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  return { state: value('state'), reason: value('reason') };
}

/** Waits for a state and returns its reason. */
export async function state(pod: Pod, wanted: string, reason: string | RegExp = '', timeout = 30_000): Promise<string> {
  const found = await pod.waitFor(async () => {
    const now = await currentState(pod);
    const fits = typeof reason === 'string' ? now.reason.includes(reason) : reason.test(now.reason);
    return now.state === wanted && fits ? { reason: now.reason } : undefined;
  }, { timeout, what: `state ${wanted} ${String(reason)}` });
  return found.reason;
}

/** Runs SQL as the superuser over the socket and returns what it printed; fails when it fails. */
export async function sql(pod: Pod, text: string, database = 'postgres'): Promise<string> {
  const { status, stdout, stderr } = await pod.exec(['psql', '-X', '-At', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', database], { input: text });
  if (status !== 0) throw new Error(`psql ended with ${status}: ${stderr}`);
  return stdout.trim();
}

/** Whether this role can log in over TCP with that password. */
export async function canLogIn(pod: Pod, role: string, password: string): Promise<boolean> {
  const command = ['psql', '-X', '-At', '-w', '-h', '127.0.0.1', '-U', role, '-d', 'postgres', '-c', 'SELECT current_user'];
  const { status, stdout } = await pod.exec(command, { env: { PGPASSWORD: password } });
  return status === 0 && stdout.trim() === role;
}
