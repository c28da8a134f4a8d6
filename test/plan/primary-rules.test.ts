import { Duration } from 'cdk8s';
import { WRONG_PRIMARIES } from './primary-rules';
import { PodManagement, Replication, Rollout } from '../../src';
import { synchronousStandbyNames } from '../../src/postgres/synchronous-standbys';
import { codesOf, findingsOf, planOf, SomeProps } from '../support/props';

const instances = 3;
const synchronous = (quorum?: number): Replication => Replication.synchronous({ quorum });

test.each(WRONG_PRIMARIES)('%s for %j', (code, props, fragments) => {
  const findings = findingsOf(props);
  // told once, and nothing else of it
  expect(findings.map((finding) => finding.code).filter((one) => one !== 'PG2801')).toEqual([code]);
  const [{ message }] = findings.filter((finding) => finding.code === code);
  for (const fragment of fragments) expect(message).toContain(fragment);
});

test.each([
  ['the primary at the last pod', { instances, primaryOrdinal: 2 }],
  ['the primary at the last of nine', { instances: 9, primaryOrdinal: 8 }],
  ['a canary above the primary', { instances, primaryOrdinal: 1, rollout: Rollout.canary(1) }],
  ['a partition above the primary', { instances, primaryOrdinal: 1, rollout: Rollout.partition(2) }],
  ['all pods, wherever the primary is', { instances, primaryOrdinal: 2, rollout: Rollout.partition(0) }],
  ['a pause, wherever the primary is', { instances, primaryOrdinal: 2, rollout: Rollout.paused() }],
  ['deletion by hand, wherever the primary is', { instances, primaryOrdinal: 2, rollout: Rollout.onDelete() }],
  ['the least times', { replication: Replication.asynchronous({ switchoverLag: Duration.millis(1), switchoverDelay: Duration.seconds(1) }) }],
  ['the longest times', { replication: Replication.asynchronous({ switchoverLag: Duration.hours(1), switchoverDelay: Duration.minutes(60) }) }],
  ['a time that only the arithmetic splits', { replication: Replication.asynchronous({ switchoverLag: Duration.seconds(0.07), switchoverDelay: Duration.hours(0.0125) }) }],
  ['one of two replicas', { instances, replication: synchronous() }],
  ['seven of eight replicas', { instances: 9, replication: synchronous(7) }],
  ['on, remote_apply and their other spellings', { instances, replication: synchronous(), parameters: { synchronous_commit: 'remote_apply' } }],
  ['yes', { instances, replication: synchronous(), parameters: { synchronous_commit: 'yes' } }],
  ['any commit where nothing is waited for', { instances, parameters: { synchronous_commit: 'off' } }],
] as [string, SomeProps][])('%s is legal', (_, props) => {
  expect(codesOf(props)).toEqual([]);
});

test('ready pods in their order need the primary at 0, and what else they mean is told there', () => {
  const podManagement = PodManagement.ORDERED_READY;
  expect(codesOf({ instances, podManagement, primaryOrdinal: 0 })).toEqual(['PG2811']);
  expect(codesOf({ instances, podManagement, primaryOrdinal: 2 })).toEqual(['PG2821']);
});

test('a wrong number of pods is told without the primary that would be none of them', () => {
  expect(codesOf({ instances: 0 })).toEqual(['PG2801']);
  expect(codesOf({ instances: 10, primaryOrdinal: 9 })).toEqual(['PG2801']);
});

test.each([
  [0, Rollout.replicasOnly(), 1], [1, Rollout.replicasOnly(), 2], [2, Rollout.replicasOnly(), 3],
  [2, Rollout.rollingUpdate(), 0], [2, Rollout.paused(), 3], [1, Rollout.canary(), 2],
])('with the primary at %d, the partition of %j among three pods is %d', (primaryOrdinal, rollout, partition) => {
  expect(planOf({ instances, primaryOrdinal, rollout }).update).toMatchObject({ partition });
});

test('the server is told by a reserved parameter, whose finding names the prop', () => {
  const [finding] = findingsOf({ parameters: { synchronous_standby_names: '*' } });
  expect([finding.code, finding.message]).toEqual(['PG1303', expect.stringContaining('set the prop `replication` to `Replication.synchronous(...)`')]);
});

test('the names are in quotes, which other names need', () => {
  expect(synchronousStandbyNames(2, ['a-0', 'a"b'])).toBe('ANY 2 ("a-0","a""b")');
});

test('what is waited for is a setting that a reload brings, and the same for every primary', () => {
  const settings = (primaryOrdinal: number) => planOf({ instances, primaryOrdinal, replication: synchronous(2) }).settings;
  expect(settings(0)).toContainEqual({
    name: 'synchronous_standby_names', value: 'ANY 2 ("orders-db-0","orders-db-1","orders-db-2")', origin: 'required', needs: 'reload',
  });
  expect(settings(2)).toEqual(settings(0));
});

test('a number of pods that the rules refuse makes no endless list', () => {
  expect(planOf({ instances: 1e9, replication: synchronous() }).settings).toContainEqual(expect.objectContaining({ value: 'ANY 1 ("orders-db-0")' }));
});
