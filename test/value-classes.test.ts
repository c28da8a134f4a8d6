import { Cpu, Endpoint, ImageVariant, PostgresVersion } from '../src';

test.each([
  [Cpu.millis(250), '250m'], [Cpu.millis(1000), '1'], [Cpu.units(0.5), '500m'], [Cpu.units(2), '2'], [Cpu.units(0.25), '250m'],
  [Cpu.units(2.01), '2010m'], [Cpu.units(0.0005), '0.5m'],
])('%j is written as %s', (cpu, text) => {
  expect(cpu.asString()).toBe(text);
});

test.each([['18.6', '18'], ['15.18', '15'], ['latest', 'latest']])('the major of %s is %s', (version, major) => {
  expect(PostgresVersion.of(version)).toMatchObject({ version, major });
});

test('the constants are pinned to the minors that the tests ran on', () => {
  expect([PostgresVersion.V15, PostgresVersion.V16, PostgresVersion.V17, PostgresVersion.V18].map(({ version }) => version)).toEqual(['15.18', '16.14', '17.10', '18.6']);
});

test('variants of the image', () => {
  expect([ImageVariant.TRIXIE.tag, ImageVariant.BOOKWORM.tag, ImageVariant.of('alpine3.23').tag]).toEqual(['trixie', 'bookworm', 'alpine3.23']);
});

test('an endpoint quotes what a URI cannot hold', () => {
  const endpoint = new Endpoint('db.shop.svc', 5432, 'a/b?c', 'ü@x');
  expect(endpoint.uri).toBe('postgresql://%C3%BC%40x@db.shop.svc:5432/a%2Fb%3Fc');
  expect(endpoint.jdbcUrl).toBe('jdbc:postgresql://db.shop.svc:5432/a%2Fb%3Fc');
});
