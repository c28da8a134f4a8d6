import { Chart, Testing } from 'cdk8s';
import { FindingSeverity, PostgresStatefulSet, PostgresVersion, Storage } from '../../src';
import { emitWarnings, errorLines } from '../../src/plan/findings';
import { minimalProps } from '../support/props';

const finding = (severity: FindingSeverity, code: string) => ({ code, severity, prop: 'name', message: `name: ${code}` });
const both = [finding(FindingSeverity.ERROR, 'PG0001'), finding(FindingSeverity.WARNING, 'PG0002')];

afterEach(() => jest.restoreAllMocks());

test('errors stop the synthesis, line by line with their code', () => {
  expect(errorLines(both)).toEqual(['PG0001 name: PG0001']);
});

test('warnings are printed by Node, with the path of the database', () => {
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation();
  emitWarnings('shop/orders-db', both);
  expect(emitWarning.mock.calls).toEqual([['[shop/orders-db] name: PG0002', { type: 'PostgresFinding', code: 'PG0002' }]]);
});

test('a warning is printed once, however often the program is synthesized', () => {
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation();
  const app = Testing.app();
  new PostgresStatefulSet(new Chart(app, 'one'), 'db', { ...minimalProps, storage: Storage.ephemeral() });
  new Chart(app, 'two');
  app.synth();
  app.synthYaml();
  expect(emitWarning).toHaveBeenCalledTimes(1);
});

test('the errors of all databases are reported together at synthesis', () => {
  const app = Testing.app();
  const chart = new Chart(app, 'shop');
  new PostgresStatefulSet(chart, 'Bad_Name', minimalProps);
  new PostgresStatefulSet(chart, 'other', { version: PostgresVersion.of('x'), database: '' });
  expect(() => app.synth()).toThrow(/PG1001[^]*PG1101[^]*PG1201/);
});

describe('two databases of one name in a namespace', () => {
  const twice = (first: string | undefined, second: string | undefined) => {
    const app = Testing.app();
    const one = new PostgresStatefulSet(new Chart(app, 'one', { namespace: first }), 'db', minimalProps);
    const two = new PostgresStatefulSet(new Chart(app, 'two', { namespace: second }), 'db', minimalProps);
    return { app, one, two };
  };

  test('find each other, also from chart to chart', () => {
    const { app, one, two } = twice('shop', 'shop');
    expect([one.findings, two.findings]).toMatchObject([[{ code: 'PG1003' }], [{ code: 'PG1003' }]]);
    expect(one.findings[0].message).toContain('two/db');
    expect(() => app.synth()).toThrow(/PG1003/);
  });

  test('live in two namespaces side by side', () => {
    const { app, one } = twice('shop', 'lab');
    expect(one.findings).toEqual([]);
    expect(() => app.synth()).not.toThrow();
  });

  test('are one again when the other is taken out of the tree', () => {
    const { app, one } = twice('shop', 'shop');
    app.node.tryRemoveChild('two');
    expect(one.findings).toEqual([]);
  });
});

test('what a program does with the list of findings changes nothing', () => {
  const db = new PostgresStatefulSet(Testing.chart(), 'Bad', minimalProps);
  db.findings.pop();
  expect(db.findings).toHaveLength(1);
});
