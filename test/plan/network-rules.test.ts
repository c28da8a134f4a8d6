import { WRONG_CONNECTIONS, WRONG_EXPOSURES } from './network-rules';
import { DatabaseClient, Exposure, ExternalTrafficPolicy, NetworkAccess, Tls } from '../../src';
import { program } from '../support/find';
import { codesOf, findingsOf, SomeProps } from '../support/props';

function expectMessages(messages: readonly string[], fragments: readonly string[]): void {
  expect(messages).not.toEqual([]);
  for (const fragment of fragments) expect(messages.join('\n')).toContain(fragment);
}

test.each(WRONG_EXPOSURES)('%s for %j', (code, props, fragments) => {
  expectMessages(findingsOf(props).filter((finding) => finding.code === code).map(({ message }) => message), fragments);
});

test.each(WRONG_CONNECTIONS)('%s for %s', (code, declare, fragments) => {
  const { db } = program();
  declare(db.connections);
  expectMessages(db.findings.filter((finding) => finding.code === code).map(({ message }) => message), fragments);
});

const sourceRanges = ['198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'];
const acknowledgePlainText = true;
const CLUSTER = ExternalTrafficPolicy.CLUSTER;

test.each([
  ['a load balancer with TLS and source ranges', { exposure: Exposure.loadBalancer({ sourceRanges }), tls: Tls.fromSecretName('one') }],
  ['a load balancer that is acknowledged', { exposure: Exposure.loadBalancer({ acknowledgePlainText, acknowledgeAnySource: true }) }],
  ['a load balancer for all addresses that is acknowledged', { exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges: ['0.0.0.0/0', '::/0'], acknowledgeAnySource: true }) }],
  ['neighbouring ranges', { exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges: ['10.0.0.0/9', '10.128.0.0/9'] }) }],
  ['a port of the nodes', { exposure: Exposure.nodePort({ acknowledgePlainText, sourceRanges, port: 30432 }) }],
  ['nodes that pass traffic of everybody on', { exposure: Exposure.nodePort({ acknowledgePlainText, acknowledgeAnySource: true, trafficPolicy: CLUSTER }) }],
  ['a load balancer whose nodes are known', { exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges, trafficPolicy: CLUSTER, nodeRanges: ['192.0.2.0/24'] }) }],
  ['a load balancer without a policy', {
    exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges, trafficPolicy: CLUSTER }), networkAccess: NetworkAccess.unrestricted(),
  }],
] as [string, SomeProps][])('%s is legal', (_, props) => {
  expect(codesOf(props)).toEqual([]);
});

test('what is declared is legal as it is meant', () => {
  const { db } = program({ sidecars: [{ name: 'exporter', image: 'a:1', ports: { metrics: 9187 } }] });
  db.connections.allowFrom(DatabaseClient.pods({ 'example.com/app': '' }, { namespaceName: '1st' }), { ports: ['postgresql', 'metrics'] });
  db.connections.allowTo(DatabaseClient.cidr('2001:db8::/32'), [1, 65535]);
  expect(db.findings).toEqual([]);
});

test('a wrong declaration that is made after the construction stops the synthesis', () => {
  const { db, synth } = program();
  synth();
  db.connections.allowFrom(DatabaseClient.cidr('nowhere'));
  expect(synth).toThrow(/PG2201 connections: "nowhere"/);
});
