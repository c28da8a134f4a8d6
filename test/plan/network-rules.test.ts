import { WRONG_CONNECTIONS, WRONG_EXPOSURES } from './network-rules';
import { DatabaseClient, Exposure, ExternalTrafficPolicy, IpFamily, IpFamilyPolicy, NetworkAccess, Tls } from '../../src';
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
  ['a load balancer whose nodes are known and have no port', {
    exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges, trafficPolicy: CLUSTER, nodeRanges: ['192.0.2.0/24'], allocateNodePorts: false }),
  }],
  ['a load balancer whose nodes are known and have a port that is acknowledged', {
    exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges, trafficPolicy: CLUSTER, nodeRanges: ['192.0.2.0/24'], acknowledgeAnySource: true }),
  }],
  ['a load balancer without a policy and without a port of the nodes', {
    exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges, trafficPolicy: CLUSTER, allocateNodePorts: false }),
    networkAccess: NetworkAccess.unrestricted(),
  }],
  ['a load balancer with a port of the nodes that the policy holds', { exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges, allocateNodePorts: true }) }],
  ['two families of which the policy closes the one without a range', {
    exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges: ['203.0.113.0/24'] }), ipFamilyPolicy: IpFamilyPolicy.REQUIRE_DUAL_STACK,
  }],
  ['two families of which the one without a range is closed among the nodes', {
    exposure: Exposure.loadBalancer({
      acknowledgePlainText, sourceRanges: ['203.0.113.0/24'], trafficPolicy: CLUSTER, nodeRanges: ['192.0.2.0/24'], allocateNodePorts: false,
    }),
    ipFamilyPolicy: IpFamilyPolicy.REQUIRE_DUAL_STACK,
  }],
  ['a family without a range that is acknowledged', {
    exposure: Exposure.loadBalancer({ acknowledgePlainText, acknowledgeAnySource: true, sourceRanges: ['203.0.113.0/24'] }),
    ipFamilyPolicy: IpFamilyPolicy.REQUIRE_DUAL_STACK,
    networkAccess: NetworkAccess.unrestricted(),
  }],
  ['ranges of the one family of the Service without a policy', {
    exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges: ['2001:db8::/32'], allocateNodePorts: false }),
    ipFamilies: [IpFamily.IPV6],
    networkAccess: NetworkAccess.unrestricted(),
  }],
] as [string, SomeProps][])('%s is legal', (_, props) => {
  expect(codesOf(props)).toEqual([]);
});

test('where the policy does not know the nodes that pass a load balancer\'s clients on, that alone is told', () => {
  expect(codesOf({ exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges, trafficPolicy: CLUSTER }) })).toEqual(['PG2106']);
});

test('of ports of the nodes without a policy it is told once that nothing holds their ranges, whatever families there are', () => {
  const exposure = Exposure.nodePort({ acknowledgePlainText, sourceRanges: ['203.0.113.0/24'] });
  const ipFamilyPolicy = IpFamilyPolicy.REQUIRE_DUAL_STACK;
  expect(codesOf({ exposure, ipFamilyPolicy, networkAccess: NetworkAccess.unrestricted() })).toEqual(['PG2107']);
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
