import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mountedTemporary, unmount } from '../support/mounted';
import { Ending, ExecResult, Mount, Pod, PodDescription, temporaryClaim } from '../support/pod';
import { Server } from '../support/servers';

const runtime = join(__dirname, '../../src/runtime');
export const backupPassword = 'back:up\\ "pass\' $word';

/** What the founder's SQL makes; the agent sets the password. */
export const backupRoleSql = `
  CREATE ROLE backup LOGIN BYPASSRLS;
  GRANT pg_read_all_data TO backup;
  ALTER ROLE backup SET lo_compat_privileges = on;
`;

/** The scripts as shipped; `change` edits a copy, for a constant that would make a test wait. */
export function scripts(change: (text: string) => string = (text) => text): Record<string, string> {
  const names = readdirSync(runtime).filter((name) => /^(backup|restore|common).*\.sh$/.test(name));
  return Object.fromEntries(names.map((name) => [name, change(readFileSync(join(runtime, name), 'utf8'))]));
}

/** A server without the supervisor, in a pod of its own; `sql` runs in the database postgres. */
export class Database {
  static async start(server: Server, sql = '', { volume = temporaryClaim(), role = true, mounts = [] as readonly Mount[] } = {}): Promise<Database> {
    const run = [
      'set -e',
      '[[ -s $PGDATA/PG_VERSION ]] || initdb --pgdata="$PGDATA" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --no-sync \\',
      '  --auth-local=trust --auth-host=scram-sha-256 >/dev/null',
      'postgres -c unix_socket_directories=/var/run/postgresql -c fsync=off -c max_locks_per_transaction=512 &',
      'trap "kill -INT $!; wait" TERM',
      'wait; wait',
    ].join('\n');
    const pod = await Pod.start({
      server,
      command: ['bash', '-c', run],
      env: { PGDATA: '/var/lib/postgresql/data', PGHOST: '/var/run/postgresql', PGUSER: 'postgres', PGDATABASE: 'postgres' },
      mounts: [{ path: '/var/lib/postgresql', kind: 'directory', host: volume }, ...emptyDirectories('/var/run/postgresql', '/tmp'), ...mounts],
    });
    const database = new Database(server, pod);
    await pod.waitFor(async () => (await pod.exec(['psql', '-XAtqc', 'SELECT 1'])).status === 0, { what: 'an answer of the server' });
    if (role) {
      await database.sql(backupRoleSql);
      await database.setPassword(backupPassword);
    }
    if (sql) await database.sql(sql);
    return database;
  }

  private constructor(readonly server: Server, readonly pod: Pod) {}

  /** Runs a psql script and returns its unaligned rows. */
  async sql(script: string, database = 'postgres', user = 'postgres'): Promise<string> {
    const command = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', '-'];
    return succeed(await this.pod.exec(command, { input: script, env: { PGDATABASE: database, PGUSER: user } }));
  }

  async setPassword(password: string): Promise<void> {
    await this.sql(`ALTER ROLE backup PASSWORD '${password.replace(/'/g, '\'\'')}'`);
  }
}

export interface BackupOptions {
  readonly env?: Record<string, string>;
  /** The Secret's files; without: the right password. */
  readonly credentials?: Record<string, string | Buffer>;
  readonly files?: Record<string, string>;
  /** Further mounts. */
  readonly mounts?: readonly Mount[];
  readonly pod?: Partial<PodDescription>;
}

export interface Finished extends Ending {
  readonly log: string;
  /** The last line of the log. */
  readonly last: string;
  readonly pod: Pod;
}

/** A backup claim, and the Jobs that write it. */
export class Claim {
  constructor(readonly path = temporaryClaim()) {
    chmodSync(path, 0o777);
  }

  /** Starts the backup Job's container in the network of the server's pod. */
  async start(database: Pick<Database, 'server' | 'pod'>, options: BackupOptions = {}): Promise<Pod> {
    return startJob({
      name: 'backup',
      password: backupPassword,
      claim: { host: this.path },
      settings: {
        PGSTS_BACKUP_JOBS: '2',
        PGSTS_KEEP_LAST: '3',
        PGSTS_KEEP_DAILY: '7',
        PGSTS_KEEP_WEEKLY: '4',
        PGSTS_KEEP_MONTHLY: '6',
        PGSTS_KEEP_MINIMUM: '3',
      },
    }, database, options);
  }

  /** Runs a backup to its end. */
  async run(database: Pick<Database, 'server' | 'pod'>, options: BackupOptions = {}): Promise<Finished> {
    const pod = await this.start(database, options);
    const finished = await finish(pod);
    await pod.end();
    return finished;
  }

  get directory(): string {
    return join(this.path, 'orders-db');
  }

  /** Everything beside the lock, hidden files too. */
  get names(): string[] {
    return readdirSync(this.directory).filter((name) => name !== '.lock' && name !== 'latest').sort();
  }

  /** The names of what counts as a backup, oldest first. */
  get backups(): string[] {
    return this.names.filter((name) => /^\d{8}T\d{6}Z$/.test(name));
  }

  get newest(): string {
    return join(this.directory, this.backups.slice(-1)[0]);
  }

  /** A copy of a backup under another name, as if the Job had made it then. */
  copy(backup: string, name: string): void {
    execFileSync('cp', ['--archive', backup, join(this.directory, name)]);
  }

  record(backup = this.newest): BackupRecord {
    return JSON.parse(readFileSync(join(backup, 'backup.json'), 'utf8')) as BackupRecord;
  }
}

/** backup.json, as far as tests look at it. */
export interface BackupRecord {
  readonly [key: string]: unknown;
  readonly sizeBytes: number;
  readonly databaseBytes: number;
  readonly compression: string;
  readonly databases: { name: string; directory: string; sizeBytes: number; tocEntries: number; template: boolean; encoding: string }[];
  readonly notDumped: { name: string; reason: string }[];
  readonly warnings: { database: string; without: string }[];
  readonly retention: { keep: string[]; delete: string[] };
}

/** What tells the Job of backups from the Job of restores. */
interface Job {
  readonly name: 'backup' | 'restore';
  readonly password: string;
  readonly claim: { readonly host: string; readonly readOnly?: boolean };
  readonly settings: Readonly<Record<string, string>>;
}

export async function startJob(
  { name, password, claim, settings }: Job,
  { server, pod: network }: Pick<Database, 'server' | 'pod'>,
  { env, credentials, files, mounts = [], pod }: BackupOptions,
): Promise<Pod> {
  return Pod.start({
    server,
    network,
    hostname: `orders-db-${name}-1`,
    command: ['bash', `/opt/cdk8s-postgres/${name}.sh`],
    env: { PGHOST: '127.0.0.1', PGPORT: '5432', PGUSER: name, PGSTS_NAME: 'orders-db', PGSTS_BACKUP_DIRECTORY: '/backup', ...settings, ...env },
    mounts: [
      { path: '/opt/cdk8s-postgres', kind: 'files', files: files ?? scripts(), mode: 0o555 },
      { path: '/etc/cdk8s-postgres/credentials', kind: 'files', files: credentials ?? { [`${name}-password`]: password }, mode: 0o440 },
      { path: '/backup', kind: 'directory', ...claim },
      ...mounts,
      ...emptyDirectories('/run/cdk8s-postgres', '/tmp'),
    ],
    ...pod,
  });
}

export async function finish(pod: Pod): Promise<Finished> {
  const ending = await pod.exited;
  const log = pod.logs();
  return { ...ending, log, last: log.trimEnd().split('\n').slice(-1)[0], pod };
}

/** `sha256sum -c` over a backup, as an operator does. */
export function verify(backup: string): boolean {
  try {
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: backup, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** As `stat` and `chmod` write them. */
export function permissions(path: string): string {
  return (statSync(path).mode % 0o1000).toString(8);
}

/** Restores a backup into a fresh server with nothing but psql and pg_restore. */
export async function restore(server: Server, claim: Claim, backup = claim.newest): Promise<Database> {
  const fresh = await Database.start(server, '', { role: false });
  const copy = (path: string) => readFileSync(join(backup, path), 'utf8');
  // the role postgres exists everywhere
  await fresh.sql(copy('globals.sql').replace(/^CREATE ROLE postgres;$/m, ''));
  await restoreDatabases(fresh, claim, backup);
  return fresh;
}

async function restoreDatabases(fresh: Database, claim: Claim, backup: string): Promise<void> {
  const reader = await Pod.start({
    server: fresh.server,
    network: fresh.pod,
    env: { PGHOST: '127.0.0.1', PGUSER: 'postgres', PGPASSWORD: 'postgres' },
    mounts: [{ path: '/backup', kind: 'directory', host: backup, readOnly: true }, ...emptyDirectories('/tmp')],
  });
  await fresh.sql('ALTER ROLE postgres PASSWORD \'postgres\'');
  for (const { name, directory } of claim.record(backup).databases) {
    // these two exist in every server
    const exists = ['postgres', 'template1'].includes(name);
    const into = exists ? ['--dbname', name] : ['--create', '--dbname', 'postgres'];
    succeed(await reader.exec(['pg_restore', '--exit-on-error', ...into, `/backup/${directory}`]));
  }
  await reader.end();
}

export function succeed({ status, stdout, stderr }: ExecResult): string {
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`);
  return stdout;
}

function emptyDirectories(...paths: string[]): { path: string; kind: 'memory' }[] {
  return paths.map((path) => ({ path, kind: 'memory' }));
}

/** A volume of that many bytes, which can really be full; ended by the returned function. */
export function smallVolume(bytes: number): { path: string; unmount: () => void } {
  const path = mountedTemporary(`size=${bytes},mode=0777`);
  mkdirSync(join(path, 'orders-db'), { mode: 0o777 });
  chmodSync(join(path, 'orders-db'), 0o777);
  return { path, unmount: () => unmount(path) };
}
