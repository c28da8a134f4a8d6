import { find, synthesize } from '../support/find';

const port = { name: 'postgresql', port: 5432, targetPort: 'postgresql', protocol: 'TCP' };
const server = { 'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server' };

test('the headless Service gives names to pods that are not ready, too', () => {
  expect(find(synthesize(), 'Service', 'orders-db-headless').spec).toEqual({
    type: 'ClusterIP', clusterIP: 'None', publishNotReadyAddresses: true, selector: server, ports: [port],
  });
});

test('the Service for reading and writing selects the pod of the primary', () => {
  expect(find(synthesize(), 'Service', 'orders-db').spec).toEqual({
    type: 'ClusterIP', selector: { ...server, 'statefulset.kubernetes.io/pod-name': 'orders-db-0' }, ports: [port],
  });
});

test('the Service for reading selects every pod, and only those that are ready', () => {
  expect(find(synthesize({ instances: 3 }), 'Service', 'orders-db-r').spec).toEqual({ type: 'ClusterIP', selector: server, ports: [port] });
});

test('the Service for reading is there with one pod too, so that clients need no other address later', () => {
  expect(find(synthesize(), 'Service', 'orders-db-r')).toEqual(find(synthesize({ instances: 9 }), 'Service', 'orders-db-r'));
});
