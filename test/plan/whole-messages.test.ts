import { NO_MESSAGE, WHOLE_MESSAGES } from './whole-messages';
import { DatabaseClient, Exposure, HbaRule, NetworkAccess, PostgresConnections } from '../../src';
import { program } from '../support/find';
import { codesOf, findingsOf, SomeProps } from '../support/props';

test.each(WHOLE_MESSAGES)('%s for %j is told with prop, value, cause and cure', (code, props, message) => {
  expect(findingsOf(props).map((finding) => [finding.code, finding.message])).toEqual([[code, message]]);
});

test.each(NO_MESSAGE)('%s: no finding', (_, props) => {
  expect(codesOf(props)).toEqual([]);
});

describe('everybody as a client', () => {
  const allowed = (ranges: readonly string[], props: SomeProps = {}, act?: (connections: PostgresConnections) => void) => {
    const { db } = program(props);
    for (const range of ranges) db.connections.allowFrom(DatabaseClient.cidr(range));
    act?.(db.connections);
    return db.findings;
  };
  const sidecars = [{ name: 'exporter', image: 'a:1', ports: { metrics: 9187 } }];

  test.each([
    [['0.0.0.0/0'], '0.0.0.0/0'],
    [['128.0.0.0/1', '0.0.0.0/1', '2001:db8::/32'], '0.0.0.0/1, 128.0.0.0/1'],
    [['c000::/2', '::/2', '4000::/2', '8000::/2'], '4000::/2, 8000::/2, ::/2, c000::/2'],
  ])('%j is told with its cure', (ranges, value) => {
    expect(allowed(ranges).map(({ code, message }) => [code, message])).toEqual([['PG2206', `connections.allowFrom: "${value}" lets everybody in, `
      + 'so that the NetworkPolicy keeps nobody out; name the addresses of the clients, use `NetworkAccess.unrestricted()` where no policy is wanted, '
      + 'or an `exposure` with `acknowledgeAnySource: true` where something in front of it keeps others out']]);
  });

  test.each<[string, readonly string[], SomeProps]>([
    ['who is acknowledged', ['0.0.0.0/0'], { exposure: Exposure.nodePort({ acknowledgePlainText: true, acknowledgeAnySource: true }) }],
    ['where there is no policy', ['0.0.0.0/0'], { networkAccess: NetworkAccess.unrestricted() }],
    ['but half of all', ['0.0.0.0/1', '8000::/1'], {}],
  ])('is no finding: %s', (_, ranges, props) => {
    expect(allowed(ranges, props)).toEqual([]);
  });

  test('is somebody at two ports, and everybody where both halves reach the same one', () => {
    const codes = (...ports: string[]) => allowed(['0.0.0.0/1'], { sidecars }, (connections) =>
      connections.allowFrom(DatabaseClient.cidr('128.0.0.0/1'), { ports })).map(({ code }) => code);
    expect(codes('metrics')).toEqual([]);
    expect(codes('metrics', 'postgresql')).toEqual(['PG2206']);
  });

  test('may be where the pods go to', () => {
    const { db } = program();
    db.connections.allowTo(DatabaseClient.cidr('0.0.0.0/0'), [443]);
    expect(db.findings).toEqual([]);
  });
});

test('access rules for the halves of all addresses decide as one for all of them: nothing behind them is reached', () => {
  const last = HbaRule.host({ addresses: ['192.0.2.0/24', 'fd00::/8'] });
  const behind = (...addresses: string[]) => findingsOf({ hbaRules: [HbaRule.host({ addresses }), last] }).map(({ code, prop }) => [code, prop]);
  expect(behind('0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1')).toEqual([['PG2301', 'hbaRules[1]']]);
  expect(behind('0.0.0.0/0', '::/0')).toEqual([['PG2301', 'hbaRules[1]']]);
  expect(behind('0.0.0.0/1', '::/1')).toEqual([]);
});
