import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ServerFiles } from '../servers';
import { cache } from '../servers/wheel';

const machine = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const applets = '/.pod/busybox';
const counted = '/.pod/bin';

/** A directory of this machine that a pod sees at `path`. */
export interface ProgramDirectory {
  readonly path: string;
  readonly host: string;
}

export interface Programs {
  /** PATH of the container */
  readonly path: string;
  /** PATH of what comes in from outside, which is never counted */
  readonly uncountedPath: string;
  readonly directories: readonly ProgramDirectory[];
}

/** PATH of a pod, and the directories made for it under `home`. */
export function programsFor(files: ServerFiles, home: string, choice: { busybox: boolean; count: boolean }): Programs {
  const directories: ProgramDirectory[] = [];
  let places = [files.podBin, ...machine];
  const names = new Set(listed(files.bin));
  if (choice.busybox) {
    directories.push({ path: applets, host: linkApplets(join(home, 'busybox')) });
    places = [applets, files.podBin];
    for (const name of listed(directories[0].host)) names.add(name);
  } else {
    for (const name of machine.flatMap(listed)) names.add(name);
  }
  if (choice.count) {
    directories.push({ path: counted, host: linkCounted([...names].sort()) });
  }
  const uncountedPath = places.join(':');
  return { path: choice.count ? `${counted}:${uncountedPath}` : uncountedPath, uncountedPath, directories };
}

/** There may be thousands of programs: the links to one set of names are made once, and appear by a rename. */
function linkCounted(names: string[]): string {
  const directory = join(cache, `counted-${createHash('sha256').update(names.join('/')).digest('hex').slice(0, 16)}`);
  if (existsSync(directory)) return directory;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, '.partial-counted-'));
  chmodSync(work, 0o755);
  for (const name of names) symlinkSync('/.pod/counted.sh', join(work, name));
  try {
    renameSync(work, directory);
  } catch (error) {
    // another process was quicker
    rmSync(work, { recursive: true });
    if (!existsSync(directory)) throw error;
  }
  return directory;
}

function listed(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** Only what an Alpine image has: busybox's applets and bash. */
function linkApplets(directory: string): string {
  const busybox = find('busybox', 'install it with apt-get install busybox-static');
  mkdirSync(directory);
  const list = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const name of list) symlinkSync(busybox, join(directory, name));
  symlinkSync(find('bash', 'install it'), join(directory, 'bash'));
  // Debian builds busybox without flock, which Alpine's has: util-linux's stands in for it
  if (!list.includes('flock')) symlinkSync(find('flock', 'install util-linux'), join(directory, 'flock'));
  return directory;
}

function find(program: string, cure: string): string {
  const place = ['/usr/bin', '/bin'].find((directory) => existsSync(join(directory, program)));
  if (!place) throw new Error(`${program} is not on this machine: ${cure}`);
  return join(place, program);
}
