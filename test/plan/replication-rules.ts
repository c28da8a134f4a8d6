import { Size } from 'cdk8s';
import {
  ClaimRetention, Credentials, Divergence, ExternalSecretStore, PodManagement, Replication, ReplicationOptions, Rollout, Spread, Storage,
  StorageDataSource,
} from '../../src';
import type { SomeProps } from '../support/props';

const instances = 3;
const asynchronous = (options: ReplicationOptions): SomeProps => ({ replication: Replication.asynchronous(options) });
const spread = (one: Spread, nodeSelector: Record<string, string> = {}): SomeProps => ({ instances, scheduling: { spread: one, nodeSelector } });
const filled = Storage.persistent(Size.gibibytes(10), { dataSource: StorageDataSource.volumeSnapshot('before') });
const store = ExternalSecretStore.fromSecretStoreName('vault');

/** Code, wrong props, what the message must say. */
export const WRONG_REPLICATIONS: readonly [string, SomeProps, string[]][] = [
  ['PG2801', { instances: 0 }, ['instances: 0', 'from 1 to 9']],
  ['PG2801', { instances: 10 }, ['instances: 10']],
  ['PG2801', { instances: 1.5 }, ['instances: 1.5']],
  ['PG2801', { instances: NaN }, ['instances: NaN']],
  ['PG2801', { instances: '3' as unknown as number }, ['instances: "3"']],
  ['PG2802', { instances, credentials: Credentials.unsafePlainText({ password: 'x' }) }, ['credentials: "orders-db-credentials"', '`replicationPassword` beside `password`']],
  ['PG2802', { instances, credentials: Credentials.externalSecret({ store, password: { key: 'a' } }) }, ['credentials: "vault"', '`replicator`']],
  ['PG2803', asynchronous({ maximumLag: Size.mebibytes(15) }), ['replication.maximumLag: "15 MiB"', 'has 16 MiB']],
  ['PG2803', { ...asynchronous({ maximumLag: Size.mebibytes(63) }), initdb: { walSegmentSize: Size.mebibytes(64) } }, ['has 64 MiB']],
  ['PG2804', asynchronous({ maximumLag: Size.gibibytes(2), slotLimit: Size.gibibytes(1) }), ['replication.maximumLag: "2048 MiB"', 'keeps 1024 MiB']],
  ['PG2805', asynchronous({ slotLimit: Size.gibibytes(7) }), ['replication.slotLimit: "7168 MiB"', 'at most 6656 MiB fit']],
  ['PG2805', { ...asynchronous({ slotLimit: Size.gibibytes(5) }), walStorage: Storage.persistent(Size.gibibytes(10)) }, ['at most 4096 MiB fit']],
  ['PG2805', { ...asynchronous({ slotLimit: Size.gibibytes(6) }), parameters: { max_wal_size: '4GB' } }, ['at most 3584 MiB fit', '`max_wal_size`']],
  ['PG2805', { parameters: { wal_keep_size: '50GB' } }, ['parameters["wal_keep_size"]: "50GB"', 'at most 6656 MiB fit', 'lower it or `max_wal_size`']],
  ['PG2805', { walStorage: Storage.persistent(Size.gibibytes(10)), parameters: { WAL_KEEP_SIZE: '0x1001' } }, ['"0x1001"', 'at most 4096 MiB fit']],
  ['PG2806', { instances, parameters: { max_wal_senders: '0x6' } }, ['parameters["max_wal_senders"]: 6', 'at least 8']],
  ['PG2806', { instances, parameters: { max_wal_senders: '7' } }, ['parameters["max_wal_senders"]: 7', 'at least 8']],
  ['PG2806', { instances: 9, parameters: { max_replication_slots: '14' } }, ['parameters["max_replication_slots"]: 14', 'by which the primary is moved', 'at least 15']],
  ['PG2807', { instances: 2, parameters: { wal_level: 'minimal', max_wal_senders: '0' } }, ['parameters["wal_level"]: "minimal"', 'no replica can follow']],
  ['PG2808', { rollout: Rollout.canary() }, ['rollout: "Rollout.canary(1)"', 'there is 1 pod']],
  ['PG2808', { instances, rollout: Rollout.canary(3) }, ['rollout: "Rollout.canary(3)"', 'there are 3 pods', '`Rollout.rollingUpdate()`']],
  ['PG1402', { instances, rollout: Rollout.canary(4) }, ['rollout: "Rollout.canary(4)"', 'there are 3 pods']],
  ['PG2809', { rollout: Rollout.partition(1) }, ['rollout: "Rollout.partition(1)"', '`Rollout.paused()`']],
  ['PG2809', { instances, rollout: Rollout.partition(3) }, ['rollout: "Rollout.partition(3)"', 'there are 3 pods']],
  ['PG2809', { instances, rollout: Rollout.canary(0) }, ['rollout: "Rollout.canary(0)"']],
  ['PG2810', { rollout: Rollout.replicasOnly() }, ['rollout: "Rollout.replicasOnly()"', 'no replica is above the primary', 'there is 1 pod']],
  ['PG2811', { instances, podManagement: PodManagement.ORDERED_READY }, ['podManagement: "OrderedReady"', 'every lower one is ready', 'by deleting its pod', 'begins an empty database', 'start the replicas first', '3 pods']],
  ['PG2812', spread(Spread.required()), ['scheduling.spread: "Spread.required()"', 'at least one']],
  ['PG2812', spread(Spread.preferred('a b')), ['scheduling.spread: "a b"']],
  ['PG2812', spread(Spread.preferred(['a'] as unknown as string)), [String.raw`scheduling.spread: "[\"a\"]"`, 'each once']],
  ['PG2812', spread(Spread.required('example.com/rack', 'example.com/rack')), ['"example.com/rack"', 'each once']],
  ['PG2813', spread(Spread.required('kubernetes.io/hostname'), { 'kubernetes.io/hostname': 'node-1' }), ['"kubernetes.io/hostname"', 'is node-1']],
  ['PG2813', spread(Spread.required('a', 'topology.kubernetes.io/zone'), { 'topology.kubernetes.io/zone': 'b' }), ['"topology.kubernetes.io/zone"']],
  ['PG2814', { instances, storage: Storage.ephemeral() }, ['storage: "Storage.ephemeral()"', 'there are 3 pods']],
  ['PG2815', { storage: Storage.persistent(Size.gibibytes(10), { whenScaled: ClaimRetention.DELETE }) }, ['storage.whenScaled: "Delete"', 'kubectl scale']],
  ['PG2816', asynchronous({ onDivergence: 'Rewind' as Divergence }), ['replication.onDivergence: "Rewind"', '`Divergence`']],
  ['PG2817', { instances, storage: filled }, ['storage.dataSource: "before"', 'added later', 'begin with one instance']],
  ['PG2817', { instances: 2, walStorage: filled }, ['walStorage.dataSource: "before"']],
  ['PG2818', asynchronous({ slotLimit: Size.mebibytes(0) }), ['replication.slotLimit: "0 MiB"', 'has 16 MiB', 'raise `slotLimit`']],
  ['PG2818', { ...asynchronous({ slotLimit: Size.mebibytes(32) }), initdb: { walSegmentSize: Size.mebibytes(64) } }, ['"32 MiB"', 'has 64 MiB']],
  ['PG2819', { instances, parameters: { recovery_min_apply_delay: '1h' } }, ['parameters["recovery_min_apply_delay"]: "1h"', 'maximumLag is 64 MiB']],
  ['PG2819', { instances, parameters: { Recovery_Min_Apply_Delay: '0x10' } }, ['"0x10"', 'raise `maximumLag` and `switchoverLag`']],
];
