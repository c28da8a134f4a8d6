import { Testing } from 'cdk8s';
import { MultiHostEndpoint, PostgresStatefulSet, TargetSession } from '../src';
import { program } from './support/find';

const { PRIMARY, READ_WRITE, ANY, PREFER_STANDBY } = TargetSession;
const { db } = program({ instances: 3, database: 'shop & co', owner: "o'brien" }, undefined, 'shop');
const hosts = [0, 1, 2].map((ordinal) => `orders-db-${ordinal}.orders-db-headless.shop.svc`);
const withPorts = hosts.map((host) => `${host}:5432`).join(',');

test('the hosts are the declared pods by their own names', () => {
  expect(db.multiHostEndpoint.hosts).toEqual(hosts);
  expect(hosts).toEqual([0, 1, 2].map((ordinal) => db.instanceEndpoint(ordinal).host));
});

test.each([[PRIMARY, 'primary'], [READ_WRITE, 'read-write'], [ANY, 'any'], [PREFER_STANDBY, 'prefer-standby']])('a URI of libpq and pgx that wants %s', (target, word) => {
  expect(db.multiHostEndpoint.uri(target)).toBe(`postgresql://o'brien@${withPorts}/shop%20%26%20co?target_session_attrs=${word}`);
});

test('keywords and values of libpq and pgx quote what is no plain word', () => {
  expect(db.multiHostEndpoint.keywords(PREFER_STANDBY))
    .toBe(`host=${hosts.join(',')} port=5432 dbname='shop & co' user='o\\'brien' target_session_attrs=prefer-standby`);
  expect(new MultiHostEndpoint(['a'], 1, 'b\\c', 'd').keywords(ANY)).toBe("host=a port=1 dbname='b\\\\c' user='d' target_session_attrs=any");
});

test.each([[PRIMARY, 'primary'], [READ_WRITE, 'primary'], [ANY, 'any'], [PREFER_STANDBY, 'preferSecondary']])('a URL of JDBC that wants %s', (target, word) => {
  expect(db.multiHostEndpoint.jdbcUrl(target)).toBe(`jdbc:postgresql://${withPorts}/shop%20%26%20co?targetServerType=${word}`);
});

test('a connection string of Npgsql quotes what is no plain word', () => {
  expect(db.multiHostEndpoint.npgsql(READ_WRITE))
    .toBe(`Host=${hosts.join(',')};Port=5432;Database="shop & co";Username="o'brien";Target Session Attributes=read-write`);
  expect(new MultiHostEndpoint(['a'], 1, 'b', 'c"; Host=d').npgsql(ANY)).toBe('Host=a;Port=1;Database=b;Username="c""; Host=d";Target Session Attributes=any');
});

test('data sources of Npgsql are told which server is wanted apart from their string', () => {
  expect(db.multiHostEndpoint.npgsqlDataSource()).toBe(`Host=${hosts.join(',')};Port=5432;Database="shop & co";Username="o'brien"`);
  expect(db.multiHostEndpoint.npgsql(ANY)).toBe(`${db.multiHostEndpoint.npgsqlDataSource()};Target Session Attributes=any`);
});

test('one pod makes a list of one', () => {
  expect(program().db.multiHostEndpoint.hosts).toEqual(['orders-db-0.orders-db-headless']);
});

test.each([NaN, -1, 0.5, 1e9, '3' as unknown as number])('a number of pods that is refused, %p, makes no endless list', (instances) => {
  const { db: wrong } = program({ instances });
  expect(wrong.multiHostEndpoint.hosts.length).toBeLessThanOrEqual(100);
  expect(wrong.findings.map(({ code }) => code)).toContain('PG2801');
});

test('reading goes to a Service of its own', () => {
  expect(db.readEndpoint.uri).toBe("postgresql://o'brien@orders-db-r.shop.svc:5432/shop%20%26%20co");
});

test('a database that another program makes tells the same addresses', () => {
  const imported = PostgresStatefulSet.fromAttributes(Testing.chart(), 'imported', {
    name: 'orders-db', namespaceName: 'shop', database: 'shop & co', owner: "o'brien", instances: 3,
  });
  expect(imported.multiHostEndpoint.uri(ANY)).toBe(db.multiHostEndpoint.uri(ANY));
  expect(imported.readEndpoint.uri).toBe(db.readEndpoint.uri);
  expect(imported.instanceEndpoint(2).uri).toBe(db.instanceEndpoint(2).uri);
  expect(() => imported.instanceEndpoint(-1)).toThrow(/whole number/);
});

test('another port is that of the Services: the pods themselves are reached at the server\'s own', () => {
  const imported = PostgresStatefulSet.fromAttributes(Testing.chart(), 'imported', { name: 'orders-db', port: 6432, instances: 2 });
  expect([imported.primaryEndpoint.port, imported.readEndpoint.port]).toEqual([6432, 6432]);
  expect(imported.instanceEndpoint(1).port).toBe(5432);
  expect(imported.multiHostEndpoint.uri(ANY)).toContain('@orders-db-0.orders-db-headless:5432,orders-db-1.orders-db-headless:5432/');
});
