import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from 'cdk8s-plus-28';
import {
  Backup, DatabaseClient, Exposure, ExposureOptions, ExtraVolume, HbaRule, HbaRuleOptions, InitSql, PostgresStatefulSet, Privilege, RoleOptions,
  Sidecar, TablePrivilege, Tls, Toleration,
} from '../../src';
import { entriesOf } from '../support/api';
import { Json, program } from '../support/find';
import { findingsOf, SomeProps } from '../support/props';

const assembly: Json = JSON.parse(readFileSync(join(__dirname, '../../.jsii'), 'utf8'));

/** What untyped callers and other languages give, no type tells. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;

/** A database whose list has a hole, and how the hole is called. */
type Case = readonly [prop: string, make: (list: (element: unknown) => Any) => PostgresStatefulSet];

const props = (given: SomeProps): PostgresStatefulSet => program(given).db;
const hbaRule = (given: HbaRuleOptions): PostgresStatefulSet => props({ hbaRules: [HbaRule.host(), HbaRule.host(given)] });
const sidecar = (given: Partial<Sidecar>): PostgresStatefulSet => props({ sidecars: [{ name: 'one', image: 'a:1', ...given }] });
const exposure = (given: ExposureOptions): PostgresStatefulSet => props({ exposure: Exposure.loadBalancer(given) });
const made = (act: (db: PostgresStatefulSet) => void): PostgresStatefulSet => {
  const { db } = program();
  act(db);
  return db;
};
const role = (given: RoleOptions): PostgresStatefulSet => made((db) => db.addRole('clerk', given));
const mount = { volume: ExtraVolume.fromClaim('one', 'one'), path: '/mnt' };

/** Every list that the API takes. A new one fails the test below until it stands here. */
const LISTS: Readonly<Record<string, Case>> = {
  'PostgresStatefulSetProps.extensions': ['extensions[1]', (list) => props({ extensions: list('citext') })],
  'PostgresStatefulSetProps.initSql': ['initSql[1]', (list) => props({ initSql: list(InitSql.fromText('SELECT 1')) })],
  'PostgresStatefulSetProps.hbaRules': ['hbaRules[1]', (list) => props({ hbaRules: list(HbaRule.host()) })],
  'PostgresStatefulSetProps.backups': ['backups[1]', (list) => props({ backups: list(Backup.logical({ schedule: { expressionString: '0 0 * * *' } as Any })) })],
  'PostgresStatefulSetProps.imagePullSecrets': ['imagePullSecrets[1]', (list) => props({ imagePullSecrets: list('one') })],
  'PostgresStatefulSetProps.ipFamilies': ['ipFamilies[1]', (list) => props({ ipFamilies: list('IPv4') })],
  'PostgresStatefulSetProps.volumeMounts': ['volumeMounts[1]', (list) => props({ volumeMounts: list(mount) })],
  'PostgresStatefulSetProps.sidecars': ['sidecars[1]', (list) => props({ sidecars: list({ name: 'one', image: 'a:1' }) })],
  'PostgresStatefulSetProps.acknowledgements': ['acknowledgements[1]', (list) => props({ acknowledgements: list({}) })],
  'HbaRuleOptions.databases': ['hbaRules[1].databases[1]', (list) => hbaRule({ databases: list('a') })],
  'HbaRuleOptions.roles': ['hbaRules[1].roles[1]', (list) => hbaRule({ roles: list('a') })],
  'HbaRuleOptions.membersOf': ['hbaRules[1].membersOf[1]', (list) => hbaRule({ membersOf: list('a') })],
  'HbaRuleOptions.addresses': ['hbaRules[1].addresses[1]', (list) => hbaRule({ addresses: list('10.0.0.0/8') })],
  'ExposureOptions.sourceRanges': ['exposure.sourceRanges[1]', (list) => exposure({ sourceRanges: list('203.0.113.0/24') })],
  'ExposureOptions.nodeRanges': ['exposure.nodeRanges[1]', (list) => exposure({ nodeRanges: list('192.0.2.0/24') })],
  'TlsOptions.additionalNames': ['tls.additionalNames[1]', (list) => props({ tls: Tls.fromSecretName('one', { additionalNames: list('a.b') }) })],
  'Scheduling.tolerations': ['scheduling.tolerations[1]', (list) => props({ scheduling: { tolerations: list(Toleration.exists('a')) } })],
  'Sidecar.command': ['sidecars[0].command[1]', (list) => sidecar({ command: list('run') })],
  'Sidecar.args': ['sidecars[0].args[1]', (list) => sidecar({ args: list('now') })],
  'Sidecar.volumeMounts': ['sidecars[0].volumeMounts[1]', (list) => sidecar({ volumeMounts: list(mount) })],
  'DatabaseOptions.extensions': ['addDatabase("archive").extensions[1]', (list) => made((db) => db.addDatabase('archive', { extensions: list('citext') }))],
  'DatabaseOptions.schemas': ['addDatabase("archive").schemas[1]', (list) => made((db) => db.addDatabase('archive', { schemas: list('old') }))],
  'RoleOptions.memberOf': ['addRole("clerk").memberOf[1]', (list) => role({ memberOf: list('pg_monitor') })],
  'RoleOptions.privileges': ['addRole("clerk").privileges[1]', (list) => role({ privileges: list(Privilege.readOnly()) })],
  'Privilege.onTable(privileges)': ['addRole("clerk").privileges[0].privileges[1]',
    (list) => role({ privileges: [Privilege.onTable('orders', list(TablePrivilege.SELECT))] })],
  'AllowFromOptions.ports': ['connections.allowFrom.ports[1]',
    (list) => made((db) => db.connections.allowFrom(DatabaseClient.inNamespace('shop'), { ports: list('postgresql') }))],
  'PostgresConnections.allowTo(ports)': ['connections.allowTo.ports[1]', (list) => made((db) => db.connections.allowTo(DatabaseClient.inNamespace('shop'), list(443)))],
};

/** Found when it is called, where the workload is. */
const AT_ONCE = ['ConnectOptions.containers'];

test('every list that the API takes is tried here', () => {
  const answers = ['PostgresStatefulSet', 'IPostgres', 'MultiHostEndpoint'];
  const lists = entriesOf(assembly).filter(({ kind, type, owner }) => type?.collection?.kind === 'array' && kind !== 'method' && !answers.includes(owner));
  expect([...Object.keys(LISTS), ...AT_ONCE].sort()).toEqual(lists.map(({ path }) => path).sort());
});

describe.each([['null', null], ['undefined', undefined]])('%s in a list', (_, hole) => {
  test.each(Object.entries(LISTS))('%s is told by its place, and nothing else is', (__, [prop, make]) => {
    const db = make((element) => [element, hole]);
    expect(db.findings.map(({ code, severity, message }) => [code, severity, message])).toEqual([
      ['PG2601', 'error', `${prop}: null is no element of a list; give what was meant, or leave it out of the list`],
    ]);
  });

  test('containers of a workload are told at once', () => {
    const { chart, db } = program();
    const web = new Deployment(chart, 'web', { containers: [{ name: 'app', image: 'a:1' }] });
    expect(() => db.connections.connect(web, { containers: ['app', hole as unknown as string] }))
      .toThrow('containers[1]: null is no element of a list; give what was meant, or leave it out of the list');
    expect(web.containers[0].env.variables).toEqual({});
  });
});

test('the same lists without the hole have no such finding', () => {
  const codes = Object.values(LISTS).flatMap(([, make]) => make((element) => [element]).findings.map(({ code }) => code));
  expect(codes).not.toContain('PG2601');
});

test('every hole is told, one by one, also of a list with gaps, and stops the synthesis', () => {
  const initSql = [null, InitSql.fromText('SELECT 1'), null] as InitSql[];
  // eslint-disable-next-line no-sparse-arrays
  const imagePullSecrets = ['one', , 'two'] as string[];
  expect(findingsOf({ initSql, imagePullSecrets }).map(({ prop }) => prop)).toEqual(['initSql[0]', 'initSql[2]', 'imagePullSecrets[1]']);
  expect(program({ initSql }).synth).toThrow(/PG2601 initSql\[0\]: null[^]*PG2601 initSql\[2\]: null/);
});

test('other mistakes are told when the list has no hole any more, at the places that they then have', () => {
  const wrong = (imagePullSecrets: (string | null)[]): string[] => findingsOf({ imagePullSecrets: imagePullSecrets as string[] }).map(({ code, prop }) => `${code} ${prop}`);
  expect(wrong([null, 'No'])).toEqual(['PG2601 imagePullSecrets[0]']);
  expect(wrong(['No'])).toEqual(['PG1804 imagePullSecrets[0]']);
});

test('a construct that an untyped caller left in the props is not searched', () => {
  const { chart } = program();
  const sidecars = [{ name: 'one', image: 'a:1', owner: chart } as Sidecar];
  expect(findingsOf({ sidecars })).toEqual([]);
  expect(findingsOf({ sidecars: [...sidecars, null as unknown as Sidecar] }).map(({ prop }) => prop)).toEqual(['sidecars[1]']);
});
