import { Duration } from 'cdk8s';
import { PodManagement, Replication, ReplicationOptions, Rollout, SynchronousReplicationOptions } from '../../src';
import type { SomeProps } from '../support/props';

const instances = 3;
const asynchronous = (options: ReplicationOptions): SomeProps => ({ replication: Replication.asynchronous(options) });
const synchronous = (options: SynchronousReplicationOptions, pods = instances): SomeProps => ({
  instances: pods, replication: Replication.synchronous(options),
});
const committing = (value: string): SomeProps => ({ ...synchronous({}), parameters: { Synchronous_Commit: value } });

/** Code, wrong props, what the message must say. */
export const WRONG_PRIMARIES: readonly [string, SomeProps, string[]][] = [
  ['PG2808', { instances, primaryOrdinal: 1, rollout: Rollout.canary(2) }, ['rollout: "Rollout.canary(2)"', 'there are 3 pods, the primary is at ordinal 1', '`primaryOrdinal`']],
  ['PG2808', { instances, primaryOrdinal: 2, rollout: Rollout.canary() }, ['rollout: "Rollout.canary(1)"', 'the primary is at ordinal 2']],
  ['PG2810', { instances, primaryOrdinal: 2, rollout: Rollout.replicasOnly() }, ['rollout: "Rollout.replicasOnly()"', 'no replica is above the primary', 'ordinal 2']],
  ['PG2820', { primaryOrdinal: 1 }, ['primaryOrdinal: 1', 'the highest ordinal is 0', 'raise `instances` before']],
  ['PG2820', { instances, primaryOrdinal: 3 }, ['primaryOrdinal: 3', 'the highest ordinal is 2', 'lower it only once the primary has moved']],
  ['PG2820', { instances, primaryOrdinal: -1 }, ['primaryOrdinal: -1', 'from 0 to `instances` - 1']],
  ['PG2820', { instances, primaryOrdinal: 0.5 }, ['primaryOrdinal: 0.5']],
  ['PG2820', { instances, primaryOrdinal: NaN }, ['primaryOrdinal: NaN']],
  ['PG2820', { instances, primaryOrdinal: '1' as unknown as number }, ['primaryOrdinal: "1"']],
  ['PG2820', { instances: NaN, primaryOrdinal: -1 }, ['primaryOrdinal: -1 is not the ordinal of a pod that could be the primary; use']],
  ['PG2821', { instances, primaryOrdinal: 1, podManagement: PodManagement.ORDERED_READY }, ['podManagement: "OrderedReady"', 'primaryOrdinal is 1', 'leave `podManagement` out']],
  ['PG2822', { instances, primaryOrdinal: 1, rollout: Rollout.replicasOnly() }, ['rollout: "Rollout.replicasOnly()"', 'the primary is at ordinal 1', 'move the primary to 0']],
  ['PG2823', { instances, primaryOrdinal: 1, rollout: Rollout.partition(1) }, ['rollout: "Rollout.partition(1)"', 'the primary is at ordinal 1', 'a partition above it']],
  ['PG2824', asynchronous({ switchoverLag: Duration.millis(0) }), ['replication.switchoverLag: "0 milliseconds"', 'those of an hour']],
  ['PG2824', asynchronous({ switchoverLag: Duration.millis(1.5) }), ['replication.switchoverLag: "1.5 milliseconds"', 'whole milliseconds']],
  ['PG2824', asynchronous({ switchoverLag: Duration.millis(3_600_001) }), ['replication.switchoverLag: "3600001 milliseconds"']],
  ['PG2824', asynchronous({ switchoverDelay: Duration.seconds(0) }), ['replication.switchoverDelay: "0 seconds"']],
  ['PG2824', asynchronous({ switchoverDelay: Duration.millis(1500) }), ['replication.switchoverDelay: "1.5 seconds"', 'whole seconds']],
  ['PG2824', synchronous({ switchoverDelay: Duration.seconds(3601) }), ['replication.switchoverDelay: "3601 seconds"']],
  ['PG2825', synchronous({ quorum: 0 }), ['replication.quorum: 0', '`Replication.asynchronous()`']],
  ['PG2825', synchronous({ quorum: 1.5 }), ['replication.quorum: 1.5', 'from 1 to the number of replicas']],
  ['PG2825', synchronous({ quorum: NaN }), ['replication.quorum: NaN']],
  ['PG2825', synchronous({ quorum: '1' as unknown as number }), ['replication.quorum: "1"']],
  ['PG2826', synchronous({}, 1), ['replication: "Replication.synchronous(...)"', 'there is no replica', 'raise `instances`']],
  ['PG2826', synchronous({ quorum: 2 }, 2), ['replication.quorum: 2', 'there is 1 replica', 'lower `quorum`']],
  ['PG2826', synchronous({ quorum: 3 }), ['replication.quorum: 3', 'there are 2 replicas']],
  ['PG2827', synchronous({}, 2), ['replication.quorum: 1', 'there is 1 replica', 'one more instance']],
  ['PG2827', synchronous({ quorum: 2 }), ['replication.quorum: 2', 'there are 2 replicas', 'waits for every replica']],
  ...['off', 'OFF', 'false', 'no', '0', 'local', 'Local'].map((value): [string, SomeProps, string[]] => (
    ['PG2828', committing(value), [`parameters["synchronous_commit"]: "${value}"`, 'waits for no replica']])),
  ['PG2829', committing('Remote_Write'), ['parameters["synchronous_commit"]: "Remote_Write"', 'not until it is on its disk']],
];
