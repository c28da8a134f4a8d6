import { Size } from 'cdk8s';
import { DatabaseClient, Exposure, NetworkAccess, Storage } from '../../src';
import { program } from '../support/find';
import { allProps } from '../support/props';

test('explains who decided what', () => {
  const text = program({ parameters: { work_mem: '8MB' } }).db.explain();
  expect(text).toMatch(/^orders-db: PostgreSQL 18\.6, image postgres:18\.6-trixie as 999:999$/m);
  expect(text).toMatch(/^ {2}work_mem +=\s8MB {2}\(user, reload\)$/m);
  expect(text).toMatch(/^ {2}shared_buffers += 256MB {2}\(default, restart\)$/m);
  expect(text).toMatch(/^ {2}listen_addresses += \* {2}\(required, restart\)$/m);
});

test('tells volumes and backups', () => {
  const text = program(allProps).db.explain();
  expect(text).toContain('storage: 50Gi fast; write-ahead log: 8Gi fast');
  expect(text).toContain('backup nightly: "15 2 * * *" in Europe/Paris into the claim ledger-nightly');
});

test.each([
  ['none, lost with the pod', Storage.ephemeral()],
  ['10Gi of the default class', Storage.persistent(Size.gibibytes(10))],
])('storage: %s', (expected, storage) => {
  expect(program({ storage }).db.explain()).toContain(`storage: ${expected}`);
});

test('tells who gets in, from the cluster and from outside', () => {
  const { db } = program({ exposure: Exposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'], acknowledgePlainText: true }) });
  db.connections.allowFrom(DatabaseClient.pods({ app: 'web' }, { namespaceName: 'front' }));
  db.connections.allowFrom(DatabaseClient.cidr('10.20.0.0/16'));
  expect(db.explain()).toMatch(/^let in over the network: every pod of its own namespace; pods app=web of front at postgresql; 10\.20\.0\.0\/16 at postgresql$/m);
  expect(db.explain()).toMatch(/^outside of the cluster: loadBalancer, port 5432, for 203\.0\.113\.0\/24$/m);
  const acknowledged = { acknowledgePlainText: true, acknowledgeAnySource: true };
  const nodePort = (port?: number): string => program({ exposure: Exposure.nodePort({ port, ...acknowledged }) }).db.explain();
  expect(nodePort(30432)).toMatch(/^outside of the cluster: nodePort, port 30432 of every node, for everybody$/m);
  expect(nodePort()).toMatch(/^outside of the cluster: nodePort, port that Kubernetes chooses of every node, for everybody$/m);
  expect(program({ networkAccess: NetworkAccess.unrestricted() }).db.explain()).toMatch(/^let in over the network: everybody$/m);
});

test('holds no password', () => {
  expect(program(allProps).db.explain()).not.toMatch(/\b(one|two|three)\b/);
});
