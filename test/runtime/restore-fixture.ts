import { ChildProcess, execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupOptions, Claim, Database, finish, Finished, scripts, startJob } from './backup-fixture';
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
export async function startRestore(claim: Claim, into: Database, options: BackupOptions = {}): Promise<Pod> {
  return startJob({
    name: 'restore',
    password: restorePassword,
    claim: { host: claim.path, readOnly: true },
    settings: {
      PGSTS_RESTORE: 'latest', PGSTS_RESTORE_ACTION: 'restore', PGSTS_RESTORE_DATABASE: '', PGSTS_RESTORE_AS: '', PGSTS_RESTORE_JOBS: '2',
    },
  }, into, options);
}

/** The scripts, with a command in front of another. */
export function before(place: string, command: string): Record<string, string> {
  return scripts((text) => text.replace(place, () => `${command}; ${place}`));
}

/** A restore that waits in front of a command of its scripts. */
export async function waiting(
  claim: Claim, into: Database, place: string, env: Record<string, string>,
): Promise<{ pod: Pod; goOn: () => Promise<Finished> }> {
  const pod = await startRestore(claim, into, { env, files: before(place, 'run sleep 60 || true') });
  const sleeper = () => pod.processes().find(({ name }) => name === 'sleep');
  await pod.waitFor(() => sleeper() !== undefined, { what: 'a restore that waits' });
  return { pod, goOn: () => { pod.kill9(sleeper()!.pid); return finish(pod); } };
}

/** Runs a restore to its end. */
export async function runRestore(claim: Claim, into: Database, options: BackupOptions = {}): Promise<Finished> {
  const pod = await startRestore(claim, into, options);
  const finished = await finish(pod);
  await pod.end();
  return finished;
}

/** A session that has said something and stays. */
export async function session({ pod }: Database, database: string, sql: string): Promise<{ said: () => string; end: () => Promise<void> }> {
  const child: ChildProcess = pod.spawn(['psql', '-XAtq', '-d', database]);
  let text = '';
  child.stdout!.on('data', (data: Buffer) => { text += data.toString(); });
  const closed = new Promise((resolve) => child.on('close', resolve));
  child.stdin!.on('error', () => undefined);
  child.stdin!.write(`${sql}\n`);
  await pod.waitFor(() => text !== '', { what: 'an answer of the session' });
  return { said: () => text, end: async () => { child.stdin!.end(); await closed; } };
}

/** The databases that every server has. */
export const own = ['postgres', 'template0', 'template1'];

/** Drops all others. */
export async function dropOthers(database: Database): Promise<void> {
  for (const name of await databases(database)) {
    if (!own.includes(name)) await database.sql(`ALTER DATABASE "${name}" IS_TEMPLATE false; DROP DATABASE "${name}" WITH (FORCE)`);
  }
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
