import { Cron, Duration } from 'cdk8s';
import { Backup, EmptyVolume, PostgresImage, Replication } from '../../src';
import { find, Json, synthesize } from '../support/find';
import { SomeProps } from '../support/props';

const backups = [Backup.logical({ schedule: Cron.daily() })];
const configMap = (purpose: string, props: SomeProps = {}): Json => find(synthesize(props), 'ConfigMap', `orders-db-${purpose}`);

test.each(['reload', 'access', 'topology', 'databases'])('%s keeps its name and may change under the pods', (purpose) => {
  expect(configMap(purpose).metadata.name).toBe(`orders-db-${purpose}`);
  expect(configMap(purpose).immutable).toBeUndefined();
});

test.each(['scripts', 'settings', 'jobs'])('%s never changes: its name carries a hash and nothing prunes it', (purpose) => {
  const { metadata, immutable } = configMap(purpose, { backups });
  expect(metadata.name).toMatch(new RegExp(`^orders-db-${purpose}-[0-9a-f]{8}$`));
  expect(immutable).toBe(true);
  expect(metadata.annotations).toEqual({
    'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
    'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
    'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    'helm.sh/resource-policy': 'keep',
  });
});

test('what the user asks of Argo CD stays beside it', () => {
  const options = 'argocd.argoproj.io/sync-options';
  const annotations = { [options]: 'ServerSideApply=true, Prune=true', 'helm.sh/resource-policy': 'x' };
  expect(configMap('scripts', { annotations }).metadata.annotations[options]).toBe('ServerSideApply=true,Prune=false,Delete=false');
  expect(configMap('scripts', { annotations }).metadata.annotations['helm.sh/resource-policy']).toBe('keep');
  expect(configMap('reload', { annotations }).metadata.annotations).toEqual(annotations);
});

test('a new content of an immutable one is a new object, the same content the same', () => {
  const name = (max_connections: string) => configMap('settings', { parameters: { max_connections } }).metadata.name;
  expect(name('50')).toBe(name('50'));
  expect(name('50')).not.toBe(name('51'));
});

test('settings that need a restart and those that do not stand apart', () => {
  const parameters = { max_connections: '50', work_mem: '7MB' };
  const [restart, reload] = [configMap('settings', { parameters }).data['postgresql.conf'], configMap('reload', { parameters }).data['reload.conf']];
  expect(restart).toContain("max_connections = '50'");
  expect(restart).not.toContain('work_mem');
  expect(reload).toContain("work_mem = '7MB'");
  expect(restart.split('\n').filter((line: string) => line.startsWith('include'))).toEqual([
    "include '/etc/cdk8s-postgres/reload/reload.conf'", "include_if_exists '/run/cdk8s-postgres/standby.conf'",
  ]);
});

test.each([['of one instance', {}], ['of three', { instances: 3, replication: Replication.asynchronous({ switchoverLag: Duration.millis(20) }) }]])(
  'a primary %s that waits for no replica names none', (_, props) => {
    expect(configMap('reload', props).data['reload.conf']).not.toContain('synchronous_standby_names');
  },
);

test('a primary that waits for replicas names every pod, itself too, and no restart is needed for it', () => {
  const data = (primaryOrdinal: number): Json => configMap('reload', { instances: 3, primaryOrdinal, replication: Replication.synchronous() }).data;
  expect(data(0)['reload.conf'].split('\n')).toContain('synchronous_standby_names = \'ANY 1 ("orders-db-0","orders-db-1","orders-db-2")\'');
  expect(data(2)).toEqual(data(0));
});

test('the topology', () => {
  expect(configMap('topology').data).toEqual({
    'instances': '1\n', 'primary': '0\n', 'empty-volume': 'initialise\n', 'quorum': '0\n', 'switchover-lag': '1000\n', 'switchover-delay': '60\n',
  });
  const replication = Replication.synchronous({ quorum: 2, switchoverLag: Duration.millis(20), switchoverDelay: Duration.minutes(2) });
  expect(configMap('topology', { instances: 4, primaryOrdinal: 3, emptyVolume: EmptyVolume.REFUSE, replication }).data).toEqual({
    'instances': '4\n', 'primary': '3\n', 'empty-volume': 'refuse\n', 'quorum': '2\n', 'switchover-lag': '20\n', 'switchover-delay': '120\n',
  });
});

test('access and declared objects', () => {
  expect(Object.keys(configMap('access').data)).toEqual(['pg_hba.conf', 'pg_ident.conf']);
  expect(Object.keys(configMap('databases').data)).toEqual(['databases.sql', 'passwords', 'roles.sql']);
});

test('a passwd file where the image does not know the user', () => {
  const { passwd } = configMap('settings', { image: PostgresImage.custom({ image: 'a:1', runAsUser: 4711, runAsGroup: 4712 }) }).data;
  expect(passwd).toContain('\npostgres:x:4711:4712::/var/lib/postgresql:/bin/bash\n');
  expect(configMap('settings').data.passwd).toBeUndefined();
});

test('scripts of Jobs are there with backups only, and share but one file with the server\'s', () => {
  expect(synthesize().some(({ metadata }) => metadata.name.startsWith('orders-db-jobs'))).toBe(false);
  const [server, jobs] = ['scripts', 'jobs'].map((purpose) => Object.keys(configMap(purpose, { backups }).data));
  expect(server).toContain('supervisor.sh');
  expect(jobs).toContain('backup.sh');
  expect(server.filter((name) => jobs.includes(name))).toEqual(['common.sh']);
});
