import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupOptions, Claim, Database, finish, Finished, scripts } from './backup-fixture';
import { Pod } from '../support/pod';

export const restorePassword = 're:store\\ "pass\' $word';

/** A statement that makes the role as the server's agent does, with a password. */
const role = `DROP ROLE IF EXISTS restore; CREATE ROLE restore LOGIN SUPERUSER PASSWORD '${restorePassword.replace(/'/g, '\'\'')}';`;

/** Lets the restore Jobs of the tests in. */
export async function open(database: Database): Promise<Database> {
  await database.sql(role);
  return database;
}

/** Starts the restore Job's container in the network of the server's pod, with the claim read-only. */
export async function startRestore(claim: Claim, into: Database, { env, credentials, files, pod }: BackupOptions = {}): Promise<Pod> {
  return Pod.start({
    server: into.server,
    network: into.pod,
    hostname: 'orders-db-restore-1',
    command: ['bash', '/opt/cdk8s-postgres/restore.sh'],
    env: {
      PGHOST: '127.0.0.1',
      PGPORT: '5432',
      PGUSER: 'restore',
      PGSTS_NAME: 'orders-db',
      PGSTS_BACKUP_DIRECTORY: '/backup',
      PGSTS_RESTORE: 'latest',
      PGSTS_RESTORE_ACTION: 'restore',
      PGSTS_RESTORE_DATABASE: '',
      PGSTS_RESTORE_AS: '',
      PGSTS_RESTORE_JOBS: '2',
      ...env,
    },
    mounts: [
      { path: '/opt/cdk8s-postgres', kind: 'files', files: files ?? scripts(), mode: 0o555 },
      { path: '/etc/cdk8s-postgres/credentials', kind: 'files', files: credentials ?? { 'restore-password': restorePassword }, mode: 0o440 },
      { path: '/backup', kind: 'directory', host: claim.path, readOnly: true },
      { path: '/run/cdk8s-postgres', kind: 'memory' },
      { path: '/tmp', kind: 'memory' },
    ],
    ...pod,
  });
}

/** Runs a restore to its end. */
export async function runRestore(claim: Claim, into: Database, options: BackupOptions = {}): Promise<Finished> {
  const pod = await startRestore(claim, into, options);
  const finished = await finish(pod);
  await pod.end();
  return finished;
}

/** The databases of a server, templates too. */
export async function databases(database: Database): Promise<string[]> {
  return JSON.parse(await database.sql('SELECT json_agg(datname ORDER BY datname COLLATE "C") FROM pg_database')) as string[];
}

/** As whoever damages a backup on purpose does: the sums are right again. */
export function sumAgain(backup: string): void {
  const names = readdirSync(backup, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/')).sort();
  const sums = execFileSync('sha256sum', ['globals.sql', ...names, 'backup.json'], { cwd: backup }).toString();
  writeFileSync(join(backup, 'SHA256SUMS'), sums);
}

/** The largest file with rows of a database. */
export function largestFile(backup: string, database: string): string {
  const directory = readdirSync(backup).find((name) => name.replace(/^\d+-/, '') === database)!;
  const files = readdirSync(join(backup, directory)).filter((name) => /^\d+\.dat/.test(name)).map((name) => join(backup, directory, name));
  return files.sort((a, b) => statSync(b).size - statSync(a).size)[0];
}
