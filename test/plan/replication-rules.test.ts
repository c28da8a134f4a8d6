import { Size } from 'cdk8s';
import { WRONG_REPLICATIONS } from './replication-rules';
import { Credentials, Divergence, ExternalSecretStore, PodManagement, PostgresVersion, Replication, Rollout, Spread, Storage, StorageDataSource } from '../../src';
import { codesOf, findingsOf, planOf, SomeProps } from '../support/props';

test.each(WRONG_REPLICATIONS)('%s for %j', (code, props, fragments) => {
  const messages = findingsOf(props).filter((finding) => finding.code === code).map(({ message }) => message);
  expect(messages).toHaveLength(1);
  for (const fragment of fragments) expect(messages[0]).toContain(fragment);
});

const instances = 3;
const selector = { 'kubernetes.io/hostname': 'node-1' };

test.each([
  ['nine instances', { instances: 9 }],
  ['a canary of all replicas', { instances, rollout: Rollout.canary(2) }],
  ['a partition above the primary', { instances, rollout: Rollout.partition(1) }],
  ['a partition of the last pod', { instances, rollout: Rollout.partition(2) }],
  ['all replicas', { instances, rollout: Rollout.replicasOnly() }],
  ['a pause', { rollout: Rollout.paused() }],
  ['a pause of several', { instances, rollout: Rollout.paused() }],
  ['deletion by hand', { rollout: Rollout.onDelete() }],
  ['a lag of one file', { replication: Replication.asynchronous({ maximumLag: Size.mebibytes(16) }) }],
  ['a lag as large as the limit', { replication: Replication.asynchronous({ maximumLag: Size.gibibytes(1), slotLimit: Size.gibibytes(1) }) }],
  ['the largest slot limit', { replication: Replication.asynchronous({ slotLimit: Size.gibibytes(6.5) }) }],
  ['a slot limit of a volume that nobody knows', { storage: Storage.ephemeral(), replication: Replication.asynchronous({ slotLimit: Size.tebibytes(1) }) }, 'PG1503'],
  ['a way on divergence', { replication: Replication.asynchronous({ onDivergence: Divergence.CLONE }) }],
  ['few senders for one instance', { parameters: { max_wal_senders: '0', max_replication_slots: '0' } }],
  ['the fewest senders and slots', { instances, parameters: { max_wal_senders: '8', max_replication_slots: '9' } }],
  ['log that is kept in any case, where it fits', { instances, parameters: { wal_keep_size: '6656MB' } }],
  ['a slot limit of one file', { instances, replication: Replication.asynchronous({ slotLimit: Size.mebibytes(16) }) }],
  ['replicas that replay at once', { instances, parameters: { recovery_min_apply_delay: '0' } }],
  ['a delay where there is no replica', { parameters: { recovery_min_apply_delay: '1h' } }],
  ['a volume of one pod that is filled', { storage: Storage.persistent(Size.gibibytes(10), { dataSource: StorageDataSource.volumeSnapshot('before') }) }],
  ['a log for logical replication', { instances, parameters: { wal_level: 'logical' } }],
  ['a password for replicas', { instances, credentials: Credentials.unsafePlainText({ password: 'x', replicationPassword: 'y' }) }],
  ['no password for a replica that is not there', { credentials: Credentials.unsafePlainText({ password: 'x' }) }],
  ['a Secret of somebody else', { instances, credentials: Credentials.fromSecretName('x') }],
  ['an entry for replicas', {
    instances,
    credentials: Credentials.externalSecret({ store: ExternalSecretStore.fromSecretStoreName('a'), password: { key: 'a' }, replicationPassword: { key: 'b' } }),
  }],
  ['places that are named', { instances, scheduling: { spread: Spread.required('kubernetes.io/hostname', 'example.com/rack') } }],
  ['one host that is preferred', { instances, scheduling: { spread: Spread.preferred(), nodeSelector: selector } }],
  ['one host for one pod', { scheduling: { spread: Spread.required('kubernetes.io/hostname'), nodeSelector: selector } }],
] as [string, SomeProps, string?][])('%s is legal', (_, props, ...expected) => {
  expect(codesOf(props)).toEqual(expected);
});

test('reserved parameters name the prop that decides', () => {
  const findings = findingsOf({ parameters: { hot_standby: 'off', max_slot_wal_keep_size: '1GB' } });
  expect(findings.map(({ code }) => code)).toEqual(['PG1303', 'PG1303']);
  expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining('parameters["hot_standby"]'), expect.stringContaining('`slotLimit`')]);
});

test.each([1, 3])('what ready pods in their order mean is told once for %d', (count) => {
  expect(codesOf({ instances: count, podManagement: PodManagement.ORDERED_READY })).toEqual([count === 1 ? 'PG1405' : 'PG2811']);
});

test('a slot limit below a file of the log is told once, and no lag that nobody asked for', () => {
  expect(codesOf({ replication: Replication.asynchronous({ slotLimit: Size.mebibytes(0) }) })).toEqual(['PG2818']);
  expect(codesOf({ replication: Replication.asynchronous({ slotLimit: Size.mebibytes(32) }) })).toEqual([]);
});

test.each([['15', ['PG1303']], ['18', ['PG1303']]])('nobody promotes by a file on %s', (major, codes) => {
  const version = major === '15' ? PostgresVersion.V15 : PostgresVersion.V18;
  expect(codesOf({ version, parameters: { promote_trigger_file: '/tmp/promote' } })).toEqual(codes);
});

test('a missing variable is told once', () => {
  expect(codesOf({ instances, credentials: Credentials.unsafeFromEnvironment({ password: 'NOWHERE_TO_BE_FOUND' }) })).toEqual(['PG1801']);
});

test('a log between two checkpoints that has no room is told once', () => {
  expect(codesOf({ parameters: { max_wal_size: '6GB' } })).toEqual(['PG1502']);
});

test.each([[512, 16], [1024, 16], [4096, 16], [102400, 64]])('what is derived from %d MiB for the log alone, in files of %d MiB, fits together', (walVolume, segment) => {
  const props = { walStorage: Storage.persistent(Size.mebibytes(walVolume)), initdb: { walSegmentSize: Size.mebibytes(segment) } };
  expect(codesOf(props)).toEqual([]);
  const { settings, replication } = planOf(props);
  const between = parseInt(settings.find(({ name }) => name === 'max_wal_size')!.value, 10);
  expect(settings).toContainEqual({ name: 'max_slot_wal_keep_size', value: `${replication.slotLimitMebibytes}MB`, origin: 'required', needs: 'reload' });
  expect(replication.slotLimitMebibytes).toBeGreaterThanOrEqual(segment);
  expect(between + replication.slotLimitMebibytes).toBeLessThanOrEqual(walVolume * 0.9);
});

test.each([1024, 2048, 10240, 1048576])('what is derived from %d MiB for everything fits together', (volume) => {
  expect(codesOf({ storage: Storage.persistent(Size.mebibytes(volume)) })).toEqual([]);
  expect(planOf({ storage: Storage.persistent(Size.mebibytes(volume)) }).replication.slotLimitMebibytes).toBe(volume / 4);
});

test('the reserve of the settings is enough for every number of pods, and the same for all', () => {
  const reserve = (count: number) => planOf({ instances: count }).settings.filter(({ name }) => /^max_(wal_senders|replication_slots)$/.test(name)).map(({ value }) => value);
  for (let count = 1; count <= 9; count++) expect([codesOf({ instances: count }), reserve(count)]).toEqual([[], ['20', '20']]);
});
