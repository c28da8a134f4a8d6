import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES, examples, objectsOf, readable, synthesizeExample } from './support/examples';

// the sources, not what was compiled last
jest.mock('cdk8s-postgres', () => jest.requireActual('../src'), { virtual: true });

function run(main: string): void {
  jest.isolateModules(() => {
    jest.requireActual(main);
  });
}
const synthesized = new Map<string, string>();
const yamlOf = (example: string): string => synthesized.get(example) ?? synthesized.set(example, synthesizeExample(example, run)).get(example)!;

test('there are thirteen examples', () => {
  expect(examples).toEqual([
    '01-single', '02-all-objects', '03-configured', '04-tls', '05-load-balancer', '06-cdk8s-plus-app', '07-restore', '08-external-secret', '09-migrate-deployment',
    '10-replicas', '11-canary-rollout', '12-switchover', '13-synchronous',
  ]);
});

test.each(examples)('%s synthesizes its expected.yaml', (example) => {
  // `npm run golden` rewrites the file on purpose
  expect(readable(yamlOf(example))).toBe(readFileSync(join(EXAMPLES, example, 'expected.yaml'), 'utf8'));
});

test.each(examples)('%s synthesizes the same bytes twice', (example) => {
  expect(synthesizeExample(example, run)).toBe(yamlOf(example));
});

test.each(examples)('%s holds nothing that helm would evaluate, but for the templates that an ExternalSecret is made of', (example) => {
  const ours = objectsOf(yamlOf(example)).filter(({ kind }) => kind !== 'ExternalSecret');
  expect(JSON.stringify(ours)).not.toContain('{{');
});

test.each(examples)('%s is at most 40 lines that import the library by its name', (example) => {
  const main = readFileSync(join(EXAMPLES, example, 'main.ts'), 'utf8');
  expect(main.split('\n').length).toBeLessThanOrEqual(41);
  expect(main).toMatch(/from 'cdk8s-postgres';/);
});

test.each(examples)('%s says at the top of its expected.yaml that it is not what is applied', (example) => {
  expect(readable(yamlOf(example))).toMatch(/^# For reading, not for kubectl apply: .*`cdk8s synth`/);
});

test('the expected YAML keeps all but the text of the scripts', () => {
  const [before, after] = [objectsOf(yamlOf('01-single')), objectsOf(readable(yamlOf('01-single')))];
  const differing = before.filter((object, index) => JSON.stringify(object) !== JSON.stringify(after[index]));
  expect(differing.map(({ metadata }) => metadata.name.replace(/[0-9a-f]{8}$/, ''))).toEqual(['orders-db-scripts-', 'orders-db-jobs-']);
  expect(after.map(({ kind, metadata }) => [kind, metadata])).toEqual(before.map(({ kind, metadata }) => [kind, metadata]));
});
