import {
  DatabaseClient, Exposure, ExposureOptions, ExternalTrafficPolicy, IpFamily, IpFamilyPolicy, LoadBalancerOptions, NetworkAccess, NodePortOptions,
  PostgresConnections, Tls, TlsMode,
} from '../../src';
import type { SomeProps } from '../support/props';

const legal: ExposureOptions = { acknowledgePlainText: true, sourceRanges: ['203.0.113.0/24'] };
const balancer = (options: LoadBalancerOptions): SomeProps => ({ exposure: Exposure.loadBalancer({ ...legal, ...options }) });
const nodePort = (options: NodePortOptions): SomeProps => ({ exposure: Exposure.nodePort({ ...legal, ...options }) });
/** No policy, and no way around by a port of the nodes. */
const open = (options: LoadBalancerOptions): SomeProps => ({
  ...balancer({ allocateNodePorts: false, ...options }), networkAccess: NetworkAccess.unrestricted(),
});
const ranges = (...sourceRanges: string[]): SomeProps => balancer({ sourceRanges });
const CLUSTER = ExternalTrafficPolicy.CLUSTER;

/** Code, wrong props, what the message must say. */
export const WRONG_EXPOSURES: readonly [string, SomeProps, string[]][] = [
  ['PG2101', { exposure: Exposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'] }) }, ['exposure: "loadBalancer"', 'acknowledgePlainText: true']],
  ['PG2101', { exposure: Exposure.nodePort({ sourceRanges: ['203.0.113.0/24'] }) }, ['exposure: "nodePort"']],
  ['PG2101', {
    exposure: Exposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'] }), tls: Tls.fromSecretName('one', { mode: TlsMode.OPTIONAL }),
  }, ['without TLS', '`TlsMode.REQUIRED`']],
  ['PG2102', { exposure: Exposure.loadBalancer({ acknowledgePlainText: true }) }, ['exposure: "loadBalancer"', '`sourceRanges`']],
  ['PG2102', nodePort({ sourceRanges: [] }), ['exposure: "nodePort"', 'acknowledgeAnySource: true']],
  ['PG2102', ranges('198.51.100.0/24', '0.0.0.0/0'), ['exposure.sourceRanges[1]: "0.0.0.0/0"', 'acknowledgeAnySource: true']],
  ['PG2102', nodePort({ sourceRanges: ['::/0'] }), ['exposure.sourceRanges[0]: "::/0"']],
  ['PG2103', ranges('203.0.113.0'), ['exposure.sourceRanges[0]: "203.0.113.0"', '203.0.113.0/24']],
  ['PG2103', ranges('198.51.100.0/24', '203.0.113.1/24'), ['exposure.sourceRanges[1]: "203.0.113.1/24"', 'the first address']],
  ['PG2103', ranges('example.com'), ['"example.com"']],
  ['PG2103', balancer({ trafficPolicy: CLUSTER, nodeRanges: ['10.0.0.0/33'] }), ['exposure.nodeRanges[0]: "10.0.0.0/33"']],
  ['PG2104', ranges('203.0.113.0/24', '203.0.113.16/28'), ['exposure.sourceRanges[1]: "203.0.113.16/28"', 'with 203.0.113.0/24']],
  ['PG2104', ranges('203.0.113.16/28', '198.51.100.0/24', '203.0.113.0/24'), ['exposure.sourceRanges[2]: "203.0.113.0/24"', 'with 203.0.113.16/28']],
  ['PG2104', ranges('::/0', '2001:db8::/32'), ['"2001:db8::/32"']],
  ['PG2104', ranges('10.0.0.0/8', '10.0.0.0/8'), ['exposure.sourceRanges[1]: "10.0.0.0/8"']],
  ['PG2104', balancer({ trafficPolicy: CLUSTER, nodeRanges: ['10.0.0.0/8', '10.1.0.0/16'] }), ['exposure.nodeRanges[1]: "10.1.0.0/16"']],
  ['PG2105', balancer({ port: 0 }), ['exposure.port: 0']],
  ['PG2105', nodePort({ port: 65536 }), ['exposure.port: 65536', '30000 to 32767']],
  ['PG2105', nodePort({ port: 30000.5 }), ['30000.5']],
  ['PG2106', balancer({ trafficPolicy: CLUSTER }), ['exposure.trafficPolicy: "Cluster"', '`nodeRanges`']],
  ['PG2107', nodePort({ trafficPolicy: CLUSTER, nodeRanges: ['192.0.2.0/24'] }), ['exposure.sourceRanges: "203.0.113.0/24"']],
  ['PG2107', { ...nodePort({}), networkAccess: NetworkAccess.unrestricted() }, ['a range that nothing holds']],
  ['PG2107', balancer({ trafficPolicy: CLUSTER, nodeRanges: ['192.0.2.0/24'] }), ['exposure.sourceRanges: "203.0.113.0/24"', '`allocateNodePorts: false`']],
  ['PG2107', balancer({ trafficPolicy: CLUSTER, nodeRanges: ['192.0.2.0/24'], allocateNodePorts: true }), ['which load balancers have too']],
  ['PG2107', { ...balancer({}), networkAccess: NetworkAccess.unrestricted() }, ['203.0.113.0/24', 'acknowledgeAnySource: true']],
  ['PG2107', { ...nodePort({ acknowledgeAnySource: true }), networkAccess: NetworkAccess.unrestricted() }, ['without a load balancer leave `sourceRanges` out']],
  ['PG2111', { ...open({}), ipFamilyPolicy: IpFamilyPolicy.REQUIRE_DUAL_STACK }, ['exposure.sourceRanges: "203.0.113.0/24"', 'no range is of IPv6', '`ipFamilies`']],
  ['PG2111', { ...open({}), ipFamilyPolicy: IpFamilyPolicy.PREFER_DUAL_STACK }, ['no range is of IPv6']],
  ['PG2111', { ...open({}), ipFamilies: [IpFamily.IPV6] }, ['no range is of IPv6']],
  ['PG2111', open({ sourceRanges: ['2001:db8::/32', 'fd00::/8'] }), ['exposure.sourceRanges: "2001:db8::/32, fd00::/8"', 'no range is of IPv4']],
  ['PG2111', {
    ...balancer({ allocateNodePorts: false, trafficPolicy: CLUSTER, nodeRanges: ['192.0.2.0/24', '2001:db8::/64'] }), ipFamilies: [IpFamily.IPV4, IpFamily.IPV6],
  }, ['no range is of IPv6']],
  ['PG2108', balancer({ loadBalancerClass: 'Internal' }), ['exposure.loadBalancerClass: "Internal"']],
  ['PG2108', balancer({ annotations: { 'a b': 'c' } }), ['exposure.annotations: "a b"']],
  ['PG2110', balancer({ nodeRanges: ['192.0.2.0/24', '198.51.100.0/24'] }), ['exposure.nodeRanges: "192.0.2.0/24, 198.51.100.0/24"', '`ExternalTrafficPolicy.CLUSTER`']],
];

/** What is said after the construction. */
export const WRONG_CONNECTIONS: readonly [string, (connections: PostgresConnections) => void, string[]][] = [
  ['PG2201', (connections) => connections.allowFrom(DatabaseClient.cidr('10.0.0.1/8')), ['connections: "10.0.0.1/8"', '10.20.0.0/16']],
  ['PG2201', (connections) => connections.allowTo(DatabaseClient.cidr('example.com'), [443]), ['"example.com"']],
  ['PG2202', (connections) => connections.allowFrom(DatabaseClient.pods({})), ['"no labels"', 'DatabaseClient.inNamespace']],
  ['PG2202', (connections) => connections.allowFrom(DatabaseClient.pods({ 'a b': 'c' })), ['"a b=c"']],
  ['PG2202', (connections) => connections.allowFrom(DatabaseClient.pods({ app: 'web server' })), ['"app=web server"']],
  ['PG2203', (connections) => connections.allowFrom(DatabaseClient.inNamespace('No')), ['connections: "No"', 'at most 63']],
  ['PG2203', (connections) => connections.allowFrom(DatabaseClient.inNamespace('')), ['connections: ""']],
  ['PG2203', (connections) => connections.allowFrom(DatabaseClient.pods({ a: 'b' }, { namespaceName: 'a.b' })), ['"a.b"']],
  ['PG2204', (connections) => connections.allowFrom(DatabaseClient.inNamespace('a'), { ports: ['metrics'] }), ['"metrics"', '`postgresql`']],
  ['PG2204', (connections) => connections.allowFrom(DatabaseClient.inNamespace('a'), { ports: [] }), ['"no ports"']],
  ['PG2205', (connections) => connections.allowTo(DatabaseClient.inNamespace('a'), [443, 65536]), ['connections: 65536']],
  ['PG2205', (connections) => connections.allowTo(DatabaseClient.inNamespace('a'), [0.5]), ['connections: 0.5']],
  ['PG2205', (connections) => connections.allowTo(DatabaseClient.inNamespace('a'), []), ['"no ports"', 'at least one']],
  ['PG2206', (connections) => connections.allowFrom(DatabaseClient.cidr('::/0')), ['connections.allowFrom: "::/0"', '`NetworkAccess.unrestricted()`']],
];
