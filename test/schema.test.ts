import Ajv from 'ajv';
import { App, Chart, Yaml, YamlOutputType } from 'cdk8s';
import { PostgresStatefulSet } from '../src';
import { examples, objectsOf, synthesizeExample } from './support/examples';
import { Json, synthesize } from './support/find';
import { programs as thorough, synthesizeProgram } from './support/programs';
import { allProps, minimalProps } from './support/props';
import { bringSchemas, KUBERNETES, violations } from './support/schema';
import { mutants, strictMutants } from './support/schema/mutants';
import { quantity } from './support/schema/texts';

jest.mock('cdk8s-postgres', () => jest.requireActual('../src'), { virtual: true });

// before the first program, which stands outside of the tests
jest.spyOn(process, 'emitWarning').mockImplementation();
beforeAll(bringSchemas, 300_000);

function run(main: string): void {
  jest.isolateModules(() => {
    jest.requireActual(main);
  });
}
const programs: [string, () => Json[]][] = [
  ['the empty program', () => synthesize()],
  ...thorough.map(([title, props]): [string, () => Json[]] => [`the program ${title}`, () => synthesizeProgram(props)]),
  ...examples.map((example): [string, () => Json[]] => [`the example ${example}`, () => objectsOf(synthesizeExample(example, run))]),
];

describe.each(programs)('%s', (_, program) => {
  test.each(KUBERNETES)('is valid in Kubernetes 1.%d', (minor) => {
    expect(program().flatMap((manifest) => violations(minor, manifest))).toEqual([]);
  });
});

const manifests = synthesize({ ...allProps, serviceAccountName: undefined });
const kinds = [...new Set(manifests.map(({ kind }) => kind as string))].sort();
const one = (kind: string): Json => structuredClone(manifests.find((manifest) => manifest.kind === kind));

describe.each(KUBERNETES)('the schema of Kubernetes 1.%d', (minor) => {
  test('is used on every kind that the library synthesizes', () => {
    expect(kinds).toEqual(['ConfigMap', 'CronJob', 'NetworkPolicy', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'Secret', 'Service', 'ServiceAccount', 'StatefulSet']);
  });

  test.each(kinds)('refuses an unknown field of a %s', (kind) => {
    expect(violations(minor, { ...one(kind), colour: 'blue' })).toEqual([expect.stringContaining('"colour"')]);
  });

  test.each(kinds)('refuses labels of a %s that are no map of texts', (kind) => {
    const manifest = one(kind);
    manifest.metadata.labels.count = 1;
    expect(violations(minor, manifest)).not.toEqual([]);
  });

  test.each([...mutants, ...strictMutants])('refuses %s', (_, kind, spoil) => {
    const manifest = one(kind);
    spoil(manifest);
    expect(violations(minor, manifest)).not.toEqual([]);
  });
});

test('the schemas differ as the releases do: resources of a pod came with 1.32', () => {
  const manifest = synthesize().find(({ kind }) => kind === 'StatefulSet');
  manifest.spec.template.spec.resources = { limits: { memory: '1Gi' } };
  expect(KUBERNETES.filter((minor) => violations(minor, manifest).length === 0)).toEqual(KUBERNETES.filter((minor) => minor >= 32));
});

test('the schemas reach from Kubernetes 1.28 to the newest without a gap', () => {
  expect(KUBERNETES).toEqual(KUBERNETES.map((_, index) => 28 + index));
  expect(KUBERNETES.at(-1)).toBeGreaterThanOrEqual(37);
});

describe('a quantity', () => {
  const valid = new Ajv({ allowUnionTypes: true }).compile(quantity);
  const accepted = ['0', '1', '1.5', '.5', '2.', '+1', '-1', '250m', '1k', '10Gi', '1.5Ti', '1e3', '1E3', '1E', '2e-3', '5u', 1, 0.5];
  const refused = ['', ' ', 'Gi', '.', '1..5', '1.2.3', '10GB', '10gi', '10 Gi', '10Gi ', '1K', '1ki', '1e', '1Gi3', '0x10', '1,5', '1Mb', null];

  test.each(accepted)('may be %j', (value) => expect(valid(value)).toBe(true));
  test.each(refused)('is not %j', (value) => expect(valid(value)).toBe(false));
});

test('a second synthesis writes the same bytes', () => {
  const yaml = (): string => {
    const app = new App({ yamlOutputType: YamlOutputType.FILE_PER_APP });
    new PostgresStatefulSet(new Chart(app, 'one'), 'db', minimalProps);
    new PostgresStatefulSet(new Chart(app, 'two'), 'other', allProps);
    return app.synthYaml();
  };
  expect(yaml()).toBe(yaml());
});

/** What issue after issue adds beside the database itself; the rest of an object says nothing about them. */
const EXTRA = ({ kind, metadata }: Json): boolean => kind === 'NetworkPolicy' || kind === 'CronJob' && metadata.name.endsWith('-restore');
const isScripts = ({ kind, metadata }: Json): boolean => kind === 'ConfigMap' && /-(scripts|jobs)-[0-9a-f]{8}$/.test(metadata.name);
const size = (objects: readonly Json[]): number => objects
  .map((manifest) => Buffer.byteLength(Yaml.stringify(manifest))).reduce((sum, bytes) => sum + bytes, 0);

test.each(programs)('%s: scripts are at most 235 kB, everything else at most 64 kB', (_, program) => {
  const objects = program();
  for (const scripts of objects.filter(isScripts)) expect(size([scripts])).toBeLessThanOrEqual(235_000);
  expect(size(objects.filter((manifest) => !isScripts(manifest)))).toBeLessThanOrEqual(64_000);
});

test.each(['01-single', '02-all-objects', '03-configured'])('the database of %s is at most 26 kB without scripts, with its network policies and restore at most 33 kB', (example) => {
  const objects = objectsOf(synthesizeExample(example, run)).filter((manifest) => !isScripts(manifest));
  expect(size(objects.filter((manifest) => !EXTRA(manifest)))).toBeLessThanOrEqual(26_000);
  expect(size(objects)).toBeLessThanOrEqual(33_000);
});

test('nothing of ours is evaluated by helm', () => {
  expect(JSON.stringify(synthesize(allProps))).not.toContain('{{');
});
