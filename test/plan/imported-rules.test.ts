import { App, Chart } from 'cdk8s';
import { WRONG_ATTRIBUTES } from './imported-rules';
import { AllowFromOptions, DatabaseClient, IPostgres, PostgresAttributes, PostgresStatefulSet } from '../../src';
import type { Json } from '../support/find';

interface Imported {
  readonly theirs: IPostgres;
  readonly synth: () => Json[];
}

function imported(attributes: Partial<PostgresAttributes> | null = {}): Imported {
  const chart = new Chart(new App(), 'shop', { namespace: 'shop' });
  const given = attributes === null ? attributes as unknown as PostgresAttributes : { name: 'ledger', ...attributes };
  const theirs = PostgresStatefulSet.fromAttributes(chart, 'theirs', given);
  return { theirs, synth: () => chart.toJson() };
}

test.each(WRONG_ATTRIBUTES)('%s for the attributes %j', (code, attributes, fragments) => {
  const { synth } = imported(attributes);
  for (const fragment of [code, ...fragments]) expect(synth).toThrow(fragment);
});

test('attributes that are right, and what is left out, have no finding', () => {
  expect(imported().synth()).toEqual([]);
  expect(imported({
    name: 'a'.repeat(40), namespaceName: '1st', port: 65535, database: 'Bücher', owner: 'o$wner', secretName: 'a.b', usernameKey: 'USER', passwordKey: '_', instances: 9,
  }).synth()).toEqual([]);
});

test('attributes that are null have no name', () => {
  expect(imported(null).synth).toThrow(/PG2701 attributes\.name: ""/);
});

test.each<[string, DatabaseClient, AllowFromOptions | undefined, RegExp]>([
  ['no labels, which would cut off every pod of the namespace', DatabaseClient.pods({}), undefined, /PG2202 connections: "no labels"/],
  ['labels without a value', DatabaseClient.pods({ app: null as unknown as string }), undefined, /PG2202 connections: "no labels"/],
  ['labels that no pod can have', DatabaseClient.pods({ 'a b': 'c' }), undefined, /PG2202 connections: "a b=c"/],
  ['a namespace that no cluster can have', DatabaseClient.pods({ app: 'web' }, { namespaceName: 'NO!' }), undefined, /PG2203 connections: "NO!"/],
  ['ports that only the other program can open', DatabaseClient.pods({ app: 'web' }), { ports: ['metrics', 'x'] }, /PG2706 connections\.allowFrom\.ports: "metrics, x"/],
  ['an empty list of ports', DatabaseClient.pods({ app: 'web' }), { ports: [] }, /PG2706 .*"no ports"/],
])('a client of a database of another program with %s stops the synthesis', (_, client, options, message) => {
  const { theirs, synth } = imported();
  theirs.connections.allowFrom(client, options);
  expect(synth).toThrow(message);
});

test('all that is wrong is told together', () => {
  const { theirs, synth } = imported({ name: 'Bad_Name', port: 0 });
  theirs.connections.allowFrom(DatabaseClient.pods({}));
  for (const code of ['PG2701', 'PG2703', 'PG2202']) expect(synth).toThrow(code);
});

test('a client gets out to the port that the database is reached at, and to the server\'s own', () => {
  const { theirs, synth } = imported({ port: 6432 });
  theirs.connections.allowFrom(DatabaseClient.pods({ app: 'web' }));
  expect(synth().map(({ spec }) => spec.egress[0].ports)).toEqual([[{ port: 5432, protocol: 'TCP' }, { port: 6432, protocol: 'TCP' }]]);
});

test('two references to one database by two ports are two policies', () => {
  const chart = new Chart(new App(), 'shop');
  for (const port of [5432, 6432]) {
    PostgresStatefulSet.fromAttributes(chart, `at-${port}`, { name: 'ledger', port }).connections.allowFrom(DatabaseClient.pods({ app: 'web' }));
  }
  expect(new Set(chart.toJson().map(({ metadata }) => metadata.name)).size).toBe(2);
});
