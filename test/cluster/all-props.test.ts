import type { Result } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { Json, synthesize } from '../support/find';
import { programs, synthesizeProgram } from '../support/programs';
import { allProps } from '../support/props';
import { CLOSED_SETS } from '../support/schema/closed-sets';
import { CUSTOM_KINDS } from '../support/schema/custom-resources';
import { mutants } from '../support/schema/mutants';

jest.spyOn(process, 'emitWarning').mockImplementation();
const manifests = synthesize({ ...allProps, serviceAccountName: undefined });

let namespace: Namespace;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('all-props');
}));

afterAll(async () => {
  await namespace?.delete();
});

function dryRun(object: Json): Promise<Result> {
  return namespace.attempt(['apply', '--validate=strict', '--dry-run=server', '-f', '-'], { input: JSON.stringify(object) });
}

test.each(programs)('the API server takes every object of the program %s in a strict dry-run, without a warning', (_, props) => told(async () => {
  // the cluster has no operators: `test/schema.test.ts` holds their kinds against what they define
  const objects = synthesizeProgram(props, undefined, namespace.name).filter(({ kind }) => !CUSTOM_KINDS.includes(kind));
  const { status, stdout, stderr } = await dryRun({ apiVersion: 'v1', kind: 'List', items: objects });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trim().split('\n').map((line) => line.replace(/^.*\/(\S+) created \(server dry run\)$/, '$1')).sort())
    .toEqual(objects.map(({ metadata }) => metadata.name).sort());
})());

/** What the answer to a refused object says; a cluster that is away says something else. */
const REFUSED = /is invalid|unknown field|cannot unmarshal|unable to (parse|decode)|quantities must match|no matches for kind|name may not be empty/;

test.each(mutants)('the API server refuses %s, as our schemas do', (_, kind, spoil) => told(async () => {
  const manifest = structuredClone(manifests.find((one) => one.kind === kind));
  spoil(manifest);
  const { status, stderr } = await dryRun(manifest);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(REFUSED) });
})());

test('the words that our schemas know are those that the cluster publishes', told(async () => {
  const published = new Map<string, string[]>();
  for (const path of ['api/v1', 'apis/apps/v1', 'apis/batch/v1', 'apis/networking.k8s.io/v1', 'apis/policy/v1']) {
    const { components } = JSON.parse(await namespace.run(['get', '--raw', `/openapi/v3/${path}`]));
    for (const [type, { properties = {} }] of Object.entries<Json>(components.schemas)) {
      for (const [field, schema] of Object.entries<Json>(properties)) {
        const words = schema.enum ?? schema.items?.enum;
        if (words) published.set(`${type.replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis)\./, '')}#${field}`, words);
      }
    }
  }
  const ours = Object.entries(CLOSED_SETS);
  const unknown = ours.flatMap(([field, words]) =>
    words.filter((word) => published.get(field)?.includes(word) === false).map((word) => `${field} ${word}`));
  expect(unknown).toEqual([]);
  // the others are checked by the server and not published
  expect(ours.filter(([field]) => published.has(field)).length).toBeGreaterThanOrEqual(25);
}));
