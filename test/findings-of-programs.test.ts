import { App, Chart, Testing } from 'cdk8s';
import { PostgresStatefulSet, PostgresVersion, Storage } from '../src';

const props = { version: PostgresVersion.V18 };

test('a warning is printed once, however many charts the program has and however often they are synthesized', () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const app = new App();
  const charts = ['one', 'two', 'three'].map((id) => new Chart(app, id));
  new PostgresStatefulSet(charts[0], 'db', { ...props, storage: Storage.ephemeral() });
  for (const chart of charts) Testing.synth(chart);
  expect(warned.mock.calls.map(([text]) => text)).toEqual([expect.stringContaining('[one/db] storage:')]);
  warned.mockRestore();
});

test('a namesake that comes after the first look is found, and forgotten when it goes', () => {
  const app = new App();
  const [one, two] = ['one', 'two'].map((id) => new Chart(app, id, { namespace: 'shop' }));
  const database = new PostgresStatefulSet(one, 'db', props);
  expect(database.findings).toEqual([]);
  new PostgresStatefulSet(two, 'db', props);
  expect(database.findings).toEqual([expect.objectContaining({ code: 'PG1003', message: expect.stringContaining('two/db') })]);
  two.node.tryRemoveChild('db');
  expect(database.findings).toEqual([]);
});

test('the list of findings belongs to whoever asked for it', () => {
  const database = new PostgresStatefulSet(new Chart(new App(), 'shop'), 'db', { ...props, storage: Storage.ephemeral() });
  database.findings.pop();
  expect(database.findings).toHaveLength(1);
});
