import { Exposure, ExternalTrafficPolicy } from '../../src';
import { find, synthesize } from '../support/find';
import type { SomeProps } from '../support/props';

const acknowledged = { acknowledgePlainText: true, acknowledgeAnySource: true };
const external = (exposure: Exposure, props: SomeProps = {}) => find(synthesize({ ...props, exposure }), 'Service', 'orders-db-external');
const port = { name: 'postgresql', port: 5432, targetPort: 'postgresql', protocol: 'TCP' };
const selector = {
  'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server', 'statefulset.kubernetes.io/pod-name': 'orders-db-0',
};

test('a load balancer keeps the addresses of the clients and lets only those in that are named', () => {
  expect(external(Exposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'], acknowledgePlainText: true })).spec).toEqual({
    type: 'LoadBalancer', loadBalancerSourceRanges: ['203.0.113.0/24'], externalTrafficPolicy: 'Local', selector, ports: [port],
  });
});

test('a load balancer has the class, the port, the traffic policy and the annotations that were asked for', () => {
  const { metadata, spec } = external(Exposure.loadBalancer({
    ...acknowledged,
    loadBalancerClass: 'example.com/internal',
    port: 15432,
    trafficPolicy: ExternalTrafficPolicy.CLUSTER,
    nodeRanges: ['192.0.2.0/24'],
    annotations: { 'example.com/pool': 'databases' },
  }), { serviceAnnotations: { 'example.com/pool': 'others', 'example.com/mesh': 'opaque' } });
  expect(spec).toEqual({
    type: 'LoadBalancer', loadBalancerClass: 'example.com/internal', externalTrafficPolicy: 'Cluster', selector, ports: [{ ...port, port: 15432 }],
  });
  expect(metadata.annotations).toMatchObject({ 'example.com/pool': 'databases', 'example.com/mesh': 'opaque' });
});

test('a load balancer has ports of the nodes as the cluster does it, unless it is told', () => {
  expect(external(Exposure.loadBalancer({ ...acknowledged, allocateNodePorts: false })).spec.allocateLoadBalancerNodePorts).toBe(false);
  expect(external(Exposure.loadBalancer({ ...acknowledged, allocateNodePorts: true })).spec.allocateLoadBalancerNodePorts).toBe(true);
  for (const exposure of [Exposure.loadBalancer(acknowledged), Exposure.nodePort(acknowledged)]) {
    expect(Object.keys(external(exposure).spec)).not.toContain('allocateLoadBalancerNodePorts');
  }
});

test('a port of the nodes is the one that was asked for', () => {
  expect(external(Exposure.nodePort({ ...acknowledged, port: 30432 })).spec).toEqual({
    type: 'NodePort', externalTrafficPolicy: 'Local', selector, ports: [{ ...port, nodePort: 30432 }],
  });
});

test('the Service inside stays as it is, however the database is exposed', () => {
  const inside = (props: SomeProps) => find(synthesize(props), 'Service', 'orders-db');
  expect(inside({ exposure: Exposure.nodePort(acknowledged) })).toEqual(inside({}));
});

test.each([['nothing', {}], ['Exposure.clusterIp()', { exposure: Exposure.clusterIp() }]])('%s makes no Service for clients from outside', (_, props: SomeProps) => {
  expect(synthesize(props).filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name)).toEqual(['orders-db', 'orders-db-r', 'orders-db-headless']);
});
