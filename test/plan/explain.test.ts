import { Duration, Size } from 'cdk8s';
import {
  CertificateIssuer, ClientCertificates, Credentials, DatabaseClient, EnvironmentValue, ExternalSecretStore, Exposure, HbaMethod, HbaRule,
  InitSql, NetworkAccess, PodManagement, PodSecurity, Privilege, Replication, RolePassword, Storage, TablePrivilege, Tls,
} from '../../src';
import { explainPlan } from '../../src/plan/explain';
import { program } from '../support/find';
import { allProps, planOf, SomeProps } from '../support/props';

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

// the full program has the one kind that is legal with the rest of it
test.each(Object.entries({ ...allProps, podSecurity: PodSecurity.platformAssigned(), podManagement: PodManagement.ORDERED_READY }))('tells what the prop %s changes', (prop, value) => {
  const explain = (props: SomeProps): string => explainPlan(planOf(props));
  expect(explain({ [prop]: value })).not.toBe(explain({}));
});

test('tells which pod takes writes, what is waited for, and how the primary moves', () => {
  const line = (props: SomeProps): string => /^instances: .*$/m.exec(program(props).db.explain())![0];
  expect(line({})).toBe('instances: 1, orders-db-0 takes writes; apart by kubernetes.io/hostname and topology.kubernetes.io/zone, preferred');
  expect(line({ instances: 3, primaryOrdinal: 2 })).toContain('3, orders-db-2 takes writes; a transaction is confirmed without waiting for a replica; ');
  const replication = Replication.synchronous({ quorum: 2, switchoverLag: Duration.millis(20), switchoverDelay: Duration.minutes(2) });
  expect(line({ instances: 4, replication })).toContain('a transaction is confirmed once 2 of 3 replicas have it on disk; ');
  expect(line({ instances: 4, replication })).toContain('; the primary moves to one at most 20 ms behind, with 120 s for its fast shutdown; ');
});

test('holds no value of an environment variable', () => {
  const text = program({ environment: { TOKEN: EnvironmentValue.fromText('hunter6') } }).db.explain();
  expect(text).toMatch(/^environment: TOKEN \(text\)$/m);
  expect(text).not.toContain('hunter6');
});

test('holds no password', () => {
  const secrets = { password: 'hunter1', superuserPassword: 'hunter2', backupPassword: 'hunter3', restorePassword: 'hunter4' };
  const { db } = program({ ...allProps, credentials: Credentials.unsafePlainText(secrets) });
  db.addRole('reports', { password: RolePassword.unsafePlainText('hunter5') });
  expect(db.explain()).not.toContain('hunter');
});

test('tells what is declared inside the server', () => {
  const { db } = program({ database: 'orders', extensions: ['citext'], initSql: [InitSql.fromText('SELECT 1'), InitSql.fromSecret('seeds', 'one')] });
  db.addDatabase('archive', { extensions: ['pg_trgm'], schemas: ['old'], owner: 'reports' });
  db.addRole('staff', { login: false });
  db.addRole('reports', {
    password: RolePassword.fromSecretName('login', 'key'),
    memberOf: ['staff'],
    connectionLimit: 3,
    bindingSecret: { name: 'told', database: 'archive' },
    privileges: [Privilege.connect('archive'), Privilege.readOnly({ schema: 'old' }), Privilege.onTable('sums', [TablePrivilege.SELECT, TablePrivilege.INSERT])],
  });
  const lines = db.explain().split('\n');
  for (const line of [
    'passwords from the Secret orders-db-credentials, made by somebody else',
    'database "orders": owned by "orders", extensions citext',
    'database "archive": owned by "reports", extensions pg_trgm, schemas old',
    'role "orders": the owner\'s, password from the key password',
    'role "staff": may not log in',
    'role "reports": may log in, password from the Secret login, key key, member of "staff", at most 3 connections, may connect to "archive", '
      + 'may read in "orders".old, SELECT INSERT on "orders".public.sums, told to applications by the Secret told for "archive"',
    'at the first start: SQL from the program',
    'at the first start: SQL from the secret seeds, key one',
  ]) expect(lines).toContain(line);
});

test('tells who may log in and how', () => {
  const plain = program().db.explain();
  expect(plain).toMatch(/^TLS: none, what goes over the network is not encrypted$/m);
  expect(plain).toMatch(/^access otherwise: every role with its password; "postgres" inside the pod only$/m);
  const rule = HbaRule.hostssl({ roles: ['reports'], membersOf: ['staff'], addresses: ['10.0.0.0/8'], method: HbaMethod.CERT });
  const tls = Tls.certManager(CertificateIssuer.fromClusterIssuerName('ours'), { clientCertificates: ClientCertificates.VERIFIED, additionalNames: ['db.example.com'] });
  const text = program({ tls, hbaRules: [rule, HbaRule.host({ method: HbaMethod.REJECT })] }).db.explain();
  expect(text).toContain('\nTLS: required over the network, from TLSv1.2, certificate from the Secret orders-db-tls by the ClusterIssuer ours of cert-manager, '
    + 'certificates of clients: verify-full, also called db.example.com\naccess rule: hostssl all reports,+staff 10.0.0.0/8 cert\naccess rule: host all all all reject\n'
    + 'access otherwise: every role with its password, with TLS only;');
});

test('tells where the pods get out to', () => {
  const { db } = program();
  db.connections.allowTo(DatabaseClient.cidr('192.0.2.10/32'), [443, 8443]);
  expect(db.explain()).toMatch(/^let out over the network: to its own pods and to name resolution; 192\.0\.2\.10\/32 at 443, 8443$/m);
  expect(program({ networkAccess: NetworkAccess.unrestricted() }).db.explain()).toMatch(/^let out over the network: to everywhere$/m);
});

test.each([
  ['made from the SecretStore vault', Credentials.externalSecret({ store: ExternalSecretStore.fromSecretStoreName('vault'), password: { key: 'a' } })],
  ['written from an unsafe source', Credentials.unsafePlainText({ password: 'hidden' })],
])('the Secret is %s', (expected, credentials) => {
  expect(program({ credentials }).db.explain()).toContain(`passwords from the Secret orders-db-credentials, ${expected}\n`);
});
