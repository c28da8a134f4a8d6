import { App, Chart, Yaml, YamlOutputType } from 'cdk8s';
import { PostgresStatefulSet } from '../src';
import { examples, objectsOf, synthesizeExample } from './support/examples';
import { Json, synthesize } from './support/find';
import { allProps, minimalProps } from './support/props';
import { KUBERNETES, violations } from './support/schema';

jest.mock('cdk8s-postgres', () => jest.requireActual('../src'), { virtual: true });

beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation());

function run(main: string): void {
  jest.isolateModules(() => {
    jest.requireActual(main);
  });
}
const serviceAccountToo = { ...allProps, serviceAccountName: undefined };
const programs: [string, () => Json[]][] = [
  ['the empty program', () => synthesize()],
  ['the full program', () => synthesize(serviceAccountToo)],
  ...examples.map((example): [string, () => Json[]] => [`the example ${example}`, () => objectsOf(synthesizeExample(example, run))]),
];

describe.each(programs)('%s', (_, program) => {
  test.each(KUBERNETES)('is valid in Kubernetes 1.%d', (minor) => {
    expect(program().flatMap((manifest) => violations(minor, manifest))).toEqual([]);
  });
});

describe.each(KUBERNETES)('the schema of Kubernetes 1.%d', (minor) => {
  const manifests = synthesize(serviceAccountToo);
  const kinds = [...new Set(manifests.map(({ kind }) => kind as string))].sort();
  const one = (kind: string): Json => structuredClone(manifests.find((manifest) => manifest.kind === kind));

  test('is used on every kind that the library synthesizes', () => {
    expect(kinds).toEqual(['ConfigMap', 'CronJob', 'PersistentVolumeClaim', 'Secret', 'Service', 'ServiceAccount', 'StatefulSet']);
  });

  test.each(kinds)('refuses an unknown field of a %s', (kind) => {
    expect(violations(minor, { ...one(kind), colour: 'blue' })).toEqual([expect.stringContaining('"colour"')]);
  });

  test.each(kinds)('refuses labels of a %s that are no map of texts', (kind) => {
    const manifest = one(kind);
    manifest.metadata.labels.count = 1;
    expect(violations(minor, manifest)).not.toEqual([]);
  });

  test.each([
    ['an unknown field deep down', 'StatefulSet', (m: Json) => { m.spec.template.spec.containers[0].portz = []; }],
    ['a number of pods that is a text', 'StatefulSet', (m: Json) => { m.spec.replicas = '1'; }],
    ['a quantity that is null', 'StatefulSet', (m: Json) => { m.spec.volumeClaimTemplates[0].spec.resources.requests.storage = null; }],
    ['a StatefulSet without a selector', 'StatefulSet', (m: Json) => { delete m.spec.selector; }],
    ['a CronJob without a schedule', 'CronJob', (m: Json) => { delete m.spec.schedule; }],
    ['a Service with ports that are no list', 'Service', (m: Json) => { m.spec.ports = {}; }],
    ['a ConfigMap that is immutable by a text', 'ConfigMap', (m: Json) => { m.immutable = 'true'; }],
    ['a Secret with a value that is a number', 'Secret', (m: Json) => { m.stringData.password = 1; }],
    ['access modes that are a text', 'PersistentVolumeClaim', (m: Json) => { m.spec.accessModes = 'ReadWriteOnce'; }],
    ['a token that is mounted by a text', 'ServiceAccount', (m: Json) => { m.automountServiceAccountToken = 'no'; }],
  ])('refuses %s', (_, kind, spoil) => {
    const manifest = one(kind);
    spoil(manifest);
    expect(violations(minor, manifest)).not.toEqual([]);
  });
});

test('the schemas differ as the releases do: resources of a pod came with 1.32', () => {
  const manifest = synthesize().find(({ kind }) => kind === 'StatefulSet');
  manifest.spec.template.spec.resources = { limits: { memory: '1Gi' } };
  expect(KUBERNETES.filter((minor) => violations(minor, manifest).length === 0)).toEqual([32, 33, 34]);
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

test.each(programs)('%s is at most 24 kB without scripts, which are at most 96 kB', (_, program) => {
  const size = (manifests: Json[]): number => manifests
    .map((manifest) => Buffer.byteLength(Yaml.stringify(manifest))).reduce((sum, bytes) => sum + bytes, 0);
  const isScripts = ({ kind, metadata }: Json): boolean => kind === 'ConfigMap' && /-(scripts|jobs)-[0-9a-f]{8}$/.test(metadata.name);
  const manifests = program();
  expect(size(manifests.filter((manifest) => !isScripts(manifest)))).toBeLessThanOrEqual(24_000);
  for (const scripts of manifests.filter(isScripts)) expect(size([scripts])).toBeLessThanOrEqual(96_000);
});

test('nothing of ours is evaluated by helm', () => {
  expect(JSON.stringify(synthesize(allProps))).not.toContain('{{');
});
