import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { Json } from '../find';
import { bringWheel } from '../servers/wheel';

/** The minors of Kubernetes 1 whose API structs an installed cdk8s-plus carries. */
const OF_NPM = [28, 29, 30, 31, 32, 33, 34];

/** Those that npm does not have: the wheel of cdk8s-plus wraps the same package. The newest one here is the newest there is. */
const OF_WHEELS = [35, 36, 37];

/** The minors of Kubernetes 1 whose schemas are known, oldest first. */
export const KUBERNETES: readonly number[] = [...OF_NPM, ...OF_WHEELS];

/** The types of one cdk8s-plus, as jsii describes them. */
export async function assembly(minor: number): Promise<Json> {
  const name = `cdk8s-plus-${minor}`;
  const directory = OF_WHEELS.includes(minor)
    ? await bringWheel(name, arrange, (to) => prove(name, to))
    : dirname(require.resolve(`${name}/package.json`));
  return read(directory);
}

async function read(directory: string): Promise<Json> {
  const found = JSON.parse(await readFile(join(directory, '.jsii'), 'utf8'));
  if (found.schema !== 'jsii/file-redirect') return found;
  return JSON.parse(gunzipSync(await readFile(join(directory, found.filename))).toString());
}

/** Of the package in the wheel only the assembly is kept. */
async function arrange(from: string, to: string): Promise<void> {
  const archive = (await readdir(from, { recursive: true })).find((file) => file.endsWith('.jsii.tgz'));
  if (archive === undefined) throw new Error(`there is no jsii package in ${from}`);
  await promisify(execFile)('tar', ['-xzf', join(from, archive), '--no-same-owner', '--strip-components=1', '-C', to, 'package/.jsii']);
}

async function prove(name: string, directory: string): Promise<void> {
  const found = await read(directory);
  if (found.name !== name) throw new Error(`the wheel of ${name} has the assembly of ${found.name}`);
}
