import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Construct } from 'constructs';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './namespace';
import type { PostgresStatefulSetProps } from '../../../src';

const EXAMPLES = join(__dirname, '../../../examples');

export function exampleNames(): string[] {
  return readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/**
 * Runs the example's own program, as `cdk8s synth` does, and reads the YAML that it wrote. The library is the one of this checkout; somebody has
 * made these changes to the database's props.
 */
export function synthesizeExample(
  name: string, variables: Readonly<Record<string, string>> = {}, changes: Partial<PostgresStatefulSetProps> = {},
): Manifest[] {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk8s-postgres-example-'));
  const before = { ...process.env };
  try {
    Object.assign(process.env, variables, { CDK8S_OUTDIR: outdir });
    jest.isolateModules(() => {
      jest.doMock('cdk8s-postgres', () => withChanges(jest.requireActual('../../../src'), changes), { virtual: true });
      jest.requireActual(join(EXAMPLES, name, 'main'));
    });
    const files = readdirSync(outdir).filter((file) => file.endsWith('.yaml')).sort();
    return files.flatMap((file) => parseAllDocuments(readFileSync(join(outdir, file), 'utf8')).map((document) => document.toJS()));
  } finally {
    process.env = before;
    rmSync(outdir, { recursive: true });
  }
}

function withChanges(library: typeof import('../../../src'), changes: Partial<PostgresStatefulSetProps>): typeof library {
  class Changed extends library.PostgresStatefulSet {
    public constructor(scope: Construct, id: string, props: PostgresStatefulSetProps) {
      super(scope, id, { ...props, ...changes });
    }
  }
  return { ...library, PostgresStatefulSet: Changed };
}

/** An example names a namespace of its own, which might be somebody's: the tests apply it in theirs. */
export function movedTo(namespace: string, manifests: readonly Manifest[]): Manifest[] {
  return manifests.map((manifest) => {
    // names of Services that clients are told have the namespace in them
    const text = JSON.stringify(manifest).replaceAll(`.${manifest.metadata.namespace}.svc`, `.${namespace}.svc`);
    const moved = JSON.parse(text) as Manifest;
    return { ...moved, metadata: { ...moved.metadata, namespace } };
  });
}
