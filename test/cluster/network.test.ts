import { App, Chart, Cron, Size } from 'cdk8s';
import { Capability, Cpu as PlusCpu, Deployment, ImagePullPolicy, SeccompProfileType } from 'cdk8s-plus-28';
import { Client, Connection, environment } from './support/client';
import { Database, PASSWORD } from './support/database';
import type { Result } from './support/kubectl';
import { diagnosed, Manifest, Namespace } from './support/namespace';
import { reaches, settles } from './support/reach';
import { until } from './support/wait';
import { Backup, ConnectionForm, DatabaseClient, NetworkAccess, PostgresConnections, PostgresStatefulSet, RolePassword } from '../../src';

const IMAGE = 'postgres:18.6-trixie';

let home: Namespace;
let neighbours: Namespace;
let friends: Namespace;
let open: Database;
let closed: Database;
let web: Client;
let stranger: Client;
let batch: Client;
let neighbour: Client;
let friend: Client;
const told = diagnosed(() => home);

/** What the program of the closed database declares; tests say more. */
const declared: ((connections: PostgresConnections) => void)[] = [
  (connections) => connections.allowFrom(DatabaseClient.pods({ role: 'web' })),
  (connections) => connections.allowFrom(DatabaseClient.pods({ role: 'batch' }, { namespaceName: neighbours.name })),
  (connections) => connections.allowFrom(DatabaseClient.inNamespace(friends.name)),
];

function at(host: string): Connection {
  return { host };
}

const closedHost = (): string => `closed-db.${home.name}.svc`;
const openHost = (): string => `open-db.${home.name}.svc`;

beforeAll(told(async () => {
  [home, neighbours, friends] = await Promise.all(['home', 'neighbours', 'friends'].map((topic) => Namespace.create(topic)));
  open = new Database(home, 'open-db', { networkAccess: NetworkAccess.unrestricted() });
  closed = new Database(home, 'closed-db', {
    networkAccess: NetworkAccess.declared(), backups: [Backup.logical({ schedule: Cron.annually() })],
  }, (db) => declared.forEach((declare) => declare(db.connections)));
  const started = Promise.all([open.start(), closed.start({}, { 'backup-password': 'backs up' })]);
  [web, stranger, batch, neighbour, friend] = await Promise.all([
    Client.create(home, { name: 'web', labels: { role: 'web' } }),
    Client.create(home, { name: 'stranger', labels: { role: 'other' } }),
    Client.create(neighbours, { name: 'batch', labels: { role: 'batch' } }),
    Client.create(neighbours, { name: 'neighbour', labels: { role: 'web' } }),
    Client.create(friends),
  ]);
  await started;
}));

afterAll(async () => {
  await Promise.all([home, neighbours, friends].map(async (namespace) => namespace?.delete()));
});

test('without a policy everybody reaches the server: what is refused below is refused by ours', told(async () => {
  for (const client of [web, stranger, batch, neighbour, friend]) await settles(`${client.pod} to open-db`, true, () => reaches(client, at(openHost())));
}));

test('clients are let in by labels, by labels in another namespace and by namespace, and nobody else is', told(async () => {
  for (const [client, expected] of [[web, true], [batch, true], [friend, true], [stranger, false], [neighbour, false]] as const) {
    await settles(`${client.pod} to closed-db`, expected, () => reaches(client, at(closedHost())));
  }
}));

test('addresses are let in without a restart of the pod', told(async () => {
  const before = await closed.life();
  const { status: { podIP } } = await home.find('pod', stranger.pod);
  declared.push((connections) => connections.allowFrom(DatabaseClient.cidr(`${podIP}/32`)));
  await closed.apply();
  await settles('stranger to closed-db', true, () => reaches(stranger, at(closedHost())));
  await settles('neighbour to closed-db', false, () => reaches(neighbour, at(closedHost())));
  declared.pop();
  await closed.apply();
  await settles('stranger to closed-db', false, () => reaches(stranger, at(closedHost())));
  expect(await closed.life()).toEqual(before);
}));

test('by default the own namespace is let in and others are not', told(async () => {
  await closed.apply({ networkAccess: NetworkAccess.sameNamespace() });
  await settles('stranger to closed-db', true, () => reaches(stranger, at(closedHost())));
  await settles('neighbour to closed-db', false, () => reaches(neighbour, at(closedHost())));
  await closed.apply();
  await settles('stranger to closed-db', false, () => reaches(stranger, at(closedHost())));
}));

/** The server's own container as a client. */
const fromServer = {
  attemptSql: ({ host }: Connection, text: string) => home.attempt(['exec', closed.pod, '--', 'env', `PGPASSWORD=${PASSWORD}`, 'PGCONNECT_TIMEOUT=3',
    'psql', '-XAtqw', '-h', host, '-U', 'app', '-d', 'app', '-c', text]),
};

test('the server resolves names and reaches nothing else but what is declared', told(async () => {
  expect(await closed.exec('getent', 'hosts', openHost())).toMatch(/^10\./);
  await settles('closed-db to open-db', false, () => reaches(fromServer, at(openHost())));
  declared.push((connections) => connections.allowTo(DatabaseClient.pods({ 'cdk8s-postgres/cluster': 'open-db' }), [5432]));
  await closed.apply();
  await settles('closed-db to open-db', true, () => reaches(fromServer, at(openHost())));
  declared.pop();
  await closed.apply();
  await settles('closed-db to open-db', false, () => reaches(fromServer, at(openHost())));
}));

test('a backup Job works, and its pod reaches nothing but the server', told(async () => {
  await home.run(['create', 'job', '--from=cronjob/closed-db-backup', 'now']);
  await home.run(['wait', '--for=condition=complete', '--timeout=120s', 'job/now'], { seconds: 130 });
  const { spec: { template: { metadata: { labels } } } } = await home.find('job', 'now');
  const job = await Client.create(home, { name: 'like-the-job', labels });
  await settles('the Job to closed-db', true, () => reaches(job, at(closedHost())));
  await settles('the Job to open-db', false, () => reaches(job, at(openHost())));
}));

/** A Deployment that a program makes beside the database, for a restricted namespace; psql in it is the application. */
function application(chart: Chart, name: string): Deployment {
  return new Deployment(chart, name, {
    replicas: 1,
    containers: [{
      name: 'app',
      image: IMAGE,
      imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
      command: ['sleep', 'infinity'],
      securityContext: {
        user: 999, group: 999, capabilities: { drop: [Capability.ALL] }, seccompProfile: { type: SeccompProfileType.RUNTIME_DEFAULT },
      },
      resources: { cpu: { request: PlusCpu.millis(20) }, memory: { request: Size.mebibytes(32), limit: Size.mebibytes(256) } },
    }],
  });
}

/** A running application: its container is asked with what it was told, or with another connection. */
class Application {
  public static async find(namespace: Namespace, manifests: readonly Manifest[], name: string): Promise<Application> {
    const { metadata } = manifests.find((manifest) => manifest.kind === 'Deployment' && manifest.metadata.name.includes(name))!;
    await namespace.run(['rollout', 'status', '--timeout=120s', `deployment/${metadata.name}`], { seconds: 130 });
    return new Application(namespace, `deployment/${metadata.name}`);
  }

  private constructor(private readonly namespace: Namespace, private readonly deployment: string) {}

  public async run(...command: string[]): Promise<string> {
    return (await this.namespace.run(['exec', this.deployment, '--', ...command])).trim();
  }

  public attemptSql(connection: Connection, text: string): Promise<Result> {
    return this.namespace.attempt(['exec', this.deployment, '--', ...environment(connection), 'psql', '-XAtqw', '-c', text]);
  }
}

const WHO = 'SELECT current_user, current_database()';
/** As a library that reads the files does it. */
const BY_FILES = `cd "$SERVICE_BINDING_ROOT/closed-db" && PGPASSWORD=$(cat password) psql -XAtq -d "$(cat uri)" -c '${WHO}'`;

test('a Deployment of cdk8s-plus is connected by one call: variables, files that libpq and others read, and both policies', told(async () => {
  const program = new Database(home, 'closed-db', { networkAccess: NetworkAccess.declared() }, (db, chart) => {
    db.connections.connect(application(chart, 'by-variables'));
    db.connections.connect(application(chart, 'by-files'), { form: ConnectionForm.FILES });
  });
  const manifests = program.manifests();
  await home.apply(manifests);
  const byVariables = await Application.find(home, manifests, 'by-variables');
  await until('psql without a word', 30, async () => (await byVariables.run('psql', '-XAtqc', WHO)) === 'app|app');
  await settles('the application to another database', false, () => reaches(byVariables, at(openHost())));

  const byFiles = await Application.find(home, manifests, 'by-files');
  await until('psql with the files', 30, async () => (await byFiles.run('bash', '-c', BY_FILES)) === 'app|app');
  await settles('the application to another database', false, () => reaches(byFiles, at(openHost())));
  expect((await byFiles.run('bash', '-c', 'ls "$SERVICE_BINDING_ROOT/closed-db"')).split('\n'))
    .toEqual(['database', 'host', 'jdbc-url', 'password', 'port', 'provider', 'type', 'uri', 'username']);
}));

test('a changed password reaches the files of an application that runs', told(async () => {
  const pods = await home.list('pods');
  const { metadata } = pods.find(({ metadata: { name } }) => name.includes('by-files'));
  await home.secret('closed-db-credentials', { 'password': 'changed', 'backup-password': 'backs up' });
  await home.run(['annotate', 'pod', metadata.name, '--overwrite', 'tests/refreshed=1']);
  await closed.refresh();
  const script = `${BY_FILES}; cat password`;
  await until('the new password is used', 90, async () => (await home.run(['exec', metadata.name, '--', 'bash', '-c', script])).trim() === 'app|app\nchanged');
}));

test('names with dollar signs reach an application as they are, and a declared role is connected by its own Secret', told(async () => {
  await home.secret('dollar-login', { password: 'of the role' });
  const program = new Database(home, 'dollar-db', { database: 'a$$b' }, (db, chart) => {
    db.addRole('o$(PGPORT)', { password: RolePassword.fromSecretName('dollar-login') });
    db.connections.connect(application(chart, 'dollars'), { user: 'o$(PGPORT)' });
  });
  await program.start();
  const dollars = await Application.find(home, program.manifests(), 'dollars');
  await until('psql without a word', 60, async () => (await dollars.run('psql', '-XAtqc', WHO)) === 'o$(PGPORT)|a$$b');
}));

test('an application of another program is connected with the database by its name, and gets a policy of its own', told(async () => {
  const chart = new Chart(new App(), 'front', { namespace: friends.name });
  const db = PostgresStatefulSet.fromAttributes(chart, 'database', { name: 'closed-db', namespaceName: home.name, secretName: 'closed-db-credentials' });
  db.connections.connect(application(chart, 'front'));
  await friends.secret('closed-db-credentials', { password: 'changed' });
  await friends.apply(chart.toJson());
  await closed.apply();
  const front = await Application.find(friends, chart.toJson(), 'front');
  await until('psql without a word', 30, async () => (await front.run('psql', '-XAtqc', WHO)) === 'app|app');
  await settles('the application to another database', false, () => reaches(front, at(openHost())));
}));
