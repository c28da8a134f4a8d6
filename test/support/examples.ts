import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { Json } from './find';

export const EXAMPLES = join(__dirname, '../../examples');

/** Folders of the examples in their order. */
export const examples = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory() && /^\d\d-/.test(entry.name)).map(({ name }) => name).sort();

/** Variables that 02-all-objects reads. What they hold stands in its expected.yaml. */
const VARIABLES = {
  BILLING_DB_PASSWORD: 'example', BILLING_DB_SUPERUSER_PASSWORD: 'example-superuser', BILLING_DB_BACKUP_PASSWORD: 'example-backup',
};

/** What an example writes: `run` loads its main program. */
export function synthesizeExample(example: string, run: (main: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'example-'));
  const before = { ...process.env };
  Object.assign(process.env, VARIABLES, { CDK8S_OUTDIR: folder });
  try {
    run(join(EXAMPLES, example, 'main.ts'));
    return readdirSync(folder).sort().map((file) => readFileSync(join(folder, file), 'utf8')).join('---\n');
  } finally {
    process.env = before;
    rmSync(folder, { recursive: true });
  }
}

export function objectsOf(yaml: string): Json[] {
  return parseAllDocuments(yaml).map((document) => document.toJS()).filter((object) => object !== null);
}

/** The name of an object that holds scripts. */
const OF_SCRIPTS = /-(scripts|jobs)-[0-9a-f]{8}$/;

/** Applied, the pod would start with a checksum for a script and crash. */
const NOTE = '# For reading, not for kubectl apply: in place of each script stand its length and checksum. `cdk8s synth` writes what is applied, into dist.\n';

/**
 * The synthesized YAML in the form that expected.yaml keeps: as it is, but for each script its length and checksum in place of its
 * text, which stands in src/runtime already.
 */
export function readable(yaml: string): string {
  return NOTE + objectsOf(yaml).map((object) => {
    const scripts = object.kind === 'ConfigMap' && OF_SCRIPTS.test(object.metadata.name);
    return stringify(scripts ? { ...object, data: summary(object.data) } : object, { lineWidth: 0 });
  }).join('---\n');
}

function summary(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([name, text]) =>
    [name, `${Buffer.byteLength(text)} bytes, sha256 ${createHash('sha256').update(text).digest('hex')}`]));
}
