import { parseCount, parseMebibytes, parseMilliseconds } from '../../postgres/parameter-value';
import { largestMaxWalSize, largestSlotLimit } from '../../postgres/sizing';
import { Divergence } from '../../replication';
import { isLabelKey, isNumberOfPods, isOrdinal, MOST_PODS } from '../legal-names';
import type { Plan, VolumePlan } from '../plan';
import { asGiven, error, offence, Offence, outside, Rule, warning } from '../rule';
import { textsOf } from './server-sums';

/** Two new copies at the same time, each with a sender for the files and one for the log, and two for tools; slots by which the primary is moved. */
const RESERVE = { max_wal_senders: 6, max_replication_slots: 7 };

export const replicationRules: readonly Rule[] = [
  {
    code: 'PG2801',
    severity: error,
    cause: 'is not a number of pods',
    cure: `use a whole number from 1 to ${MOST_PODS}: the primary and its replicas`,
    // untyped callers give anything
    offences: ({ instances }) => offence(!isNumberOfPods(instances), 'instances', asGiven(instances)),
  },
  {
    code: 'PG2802',
    severity: error,
    cause: 'has no password for the role `replicator`, so that no replica could log in to the primary',
    cure: 'give `replicationPassword` beside `password` in the same options of `credentials`',
    offences: withoutReplicationPassword,
  },
  {
    code: 'PG2803',
    severity: error,
    cause: 'is less than what a replica that follows is behind as a matter of course',
    cure: 'allow at least one file of the write-ahead log',
    offences: ({ replication: { maximumLagMebibytes }, initdb: { walSegmentMebibytes } }) => offence(
      !(maximumLagMebibytes >= walSegmentMebibytes), 'replication.maximumLag', `${maximumLagMebibytes} MiB`, `a file of the log has ${walSegmentMebibytes} MiB`,
    ),
  },
  {
    code: 'PG2804',
    severity: error,
    cause: 'is more than the primary keeps for a replica, so that one which may still be read from would have to make a new copy',
    cure: 'lower `maximumLag` or raise `slotLimit`',
    // a limit of less than a file is told for itself
    offences: ({ replication: { maximumLagMebibytes, slotLimitMebibytes }, initdb: { walSegmentMebibytes } }) => offence(
      maximumLagMebibytes > slotLimitMebibytes && slotLimitMebibytes >= walSegmentMebibytes, 'replication.maximumLag', `${maximumLagMebibytes} MiB`, `the primary keeps ${slotLimitMebibytes} MiB`,
    ),
  },
  {
    code: 'PG2805',
    severity: error,
    cause: 'is more than the volume of the write-ahead log has room for, so that what is kept for replicas would stop the primary',
    cure: 'lower it or `max_wal_size`, or ask for a larger volume',
    offences: keptTooMuch,
  },
  {
    code: 'PG2806',
    severity: error,
    cause: 'is too small for the replicas, two new copies at the same time and two tools, and of replication slots also those by which the primary is moved',
    cure: 'leave the parameter out: the default is enough for every number of pods',
    offences: (plan) => plan.instances === 1 ? [] : Object.entries(RESERVE).flatMap(([name, reserve]) => {
      const asked = parseCount(valueOf(plan, name)) ?? Infinity;
      const needed = plan.instances - 1 + reserve;
      return offence(asked < needed, `parameters["${name}"]`, asked, `at least ${needed}`);
    }),
  },
  {
    code: 'PG2807',
    severity: error,
    cause: 'writes a log that no replica can follow',
    cure: 'leave `wal_level` out, or use one instance',
    offences: (plan) => offence(plan.instances > 1 && valueOf(plan, 'wal_level').toLowerCase() === 'minimal', 'parameters["wal_level"]', 'minimal'),
  },
  {
    code: 'PG2808',
    severity: error,
    cause: 'is a canary that reaches the primary, so that nothing is left to fall back on',
    cure: 'update no more pods than there are replicas above the primary, which `primaryOrdinal` moves, or all pods by `Rollout.rollingUpdate()`',
    offences: ({ update, instances, primaryOrdinal }) => update.kind === 'OnDelete' ? [] : offence(
      update.choice === 'canary' && update.partition >= 0 && update.partition <= primaryOrdinal && isOrdinal(primaryOrdinal, instances),
      'rollout', update.asked, `${pods(instances)}, the primary is at ordinal ${primaryOrdinal}`,
    ),
  },
  {
    code: 'PG2809',
    severity: error,
    cause: 'updates no pod, so that every later release waits without a word',
    cure: 'use `Rollout.paused()` where that is meant, or a number that reaches a pod',
    offences: ({ update, instances }) => update.kind === 'OnDelete' ? [] : offence(
      ['canary', 'partition'].includes(update.choice) && update.partition === instances, 'rollout', update.asked, pods(instances),
    ),
  },
  {
    code: 'PG2810',
    severity: warning,
    cause: 'updates no pod, since no replica is above the primary',
    cure: 'use `Rollout.paused()` where that is meant, or more instances, or move the primary to a lower ordinal by `primaryOrdinal`',
    offences: ({ update, instances, primaryOrdinal }) => update.kind === 'OnDelete' ? [] : offence(
      update.choice === 'replicasOnly' && primaryOrdinal === instances - 1, 'rollout', update.asked, `${pods(instances)}, the primary is at ordinal ${primaryOrdinal}`,
    ),
  },
  {
    code: 'PG2811',
    severity: warning,
    cause: 'starts no pod before every lower one is ready: one that waits or makes its copy keeps all higher ones from starting, a failed update is reverted '
      + 'only by deleting its pod by hand, and a primary that lost its volume while all pods were stopped asks no replica, and begins an empty database',
    cure: 'leave `podManagement` out: the pods keep the order that matters by themselves. Where all were stopped, start the replicas first: '
      + 'docs/runbooks/replace-volume.md',
    // with the primary elsewhere, that is told
    offences: ({ podManagement, instances, primaryOrdinal }) => offence(
      podManagement === 'OrderedReady' && instances > 1 && primaryOrdinal === 0, 'podManagement', podManagement, pods(instances),
    ),
  },
  {
    code: 'PG2812',
    severity: error,
    cause: 'is not a label by which places are told apart',
    cure: 'use legal keys of nodes\' labels, each once, and for `Spread.required` at least one; `Spread.unrestricted()` asks for nothing',
    offences: ({ scheduling: { spread: { kind, topologyKeys } } }) => [
      ...offence(kind === 'required' && topologyKeys.length === 0, 'scheduling.spread', 'Spread.required()'),
      ...topologyKeys.filter((key, index) => !isLabelKey(key) || topologyKeys.indexOf(key) !== index).map((value) => ({ prop: 'scheduling.spread', value })),
    ],
  },
  {
    code: 'PG2813',
    severity: error,
    cause: 'spreads the pods over places, of which the node selector leaves one, so that all of them would be there',
    cure: 'leave the label out of `scheduling.nodeSelector`, or use `Spread.preferred(...)`',
    offences: ({ instances, scheduling: { nodeSelector, spread } }) => spread.kind !== 'required' || instances === 1 ? []
      : spread.topologyKeys.filter((key) => Object.hasOwn(nodeSelector, key))
        .map((key) => ({ prop: 'scheduling.spread', value: key, detail: `scheduling.nodeSelector["${key}"] is ${nodeSelector[key]}` })),
  },
  {
    code: 'PG2814',
    severity: warning,
    cause: 'is lost with the primary\'s pod: the next one finds nothing, while the replicas know a database, and waits instead of beginning anew',
    cure: 'use `Storage.persistent(...)`, or one instance for throw-away data',
    offences: ({ data, instances }) => offence(data.kind === 'ephemeral' && instances > 1, 'storage', 'Storage.ephemeral()', pods(instances)),
  },
  {
    code: 'PG2815',
    severity: warning,
    cause: 'deletes the volumes of pods that are taken away, also of the primary where `kubectl scale` takes its pod away',
    cure: 'leave `whenScaled` out and delete the claims by hand: docs/runbooks/replicas.md',
    offences: ({ claimRetention: { whenScaled }, data }) => offence(whenScaled === 'Delete' && data.kind === 'persistent', 'storage.whenScaled', whenScaled),
  },
  {
    code: 'PG2816',
    severity: error,
    cause: 'is no value of the enum that belongs here',
    cure: 'use a value of `Divergence`',
    offences: ({ replication: { onDivergence } }) => outside(Divergence, 'replication.onDivergence', onDivergence),
  },
  {
    code: 'PG2817',
    severity: warning,
    cause: 'fills the volumes of the replicas, too. One that is added later finds a database there that is older than the primary\'s: it keeps that beside its '
      + 'own copy for good, or waits for ever where both have no room',
    cure: 'begin with one instance, and take `dataSource` out before you add the others: docs/runbooks/replicas.md',
    offences: ({ instances, data, wal }) => instances > 1 ? [...filled(data, 'storage'), ...wal.flatMap((volume) => filled(volume, 'walStorage'))] : [],
  },
  {
    code: 'PG2818',
    severity: error,
    cause: 'is less than a file of the write-ahead log, so that every replica that was away would have to make a new copy',
    cure: 'raise `slotLimit`, or leave it out',
    offences: ({ replication: { slotLimitMebibytes }, initdb: { walSegmentMebibytes } }) => offence(
      !(slotLimitMebibytes >= walSegmentMebibytes), 'replication.slotLimit', `${slotLimitMebibytes} MiB`, `a file of the log has ${walSegmentMebibytes} MiB`,
    ),
  },
  {
    code: 'PG2819',
    severity: warning,
    cause: 'lets replicas replay late, so that each leaves the Service for reading whenever more is written in that time than `maximumLag` allows, and that none of them '
      + 'becomes the primary while anything is written, unless `switchoverLag` is longer',
    cure: 'leave the parameter out; or raise `maximumLag` and `switchoverLag`',
    offences: (plan) => {
      const delay = valueOf(plan, 'recovery_min_apply_delay');
      const late = plan.instances > 1 && (parseMilliseconds(delay) ?? 0) > 0;
      return offence(late, 'parameters["recovery_min_apply_delay"]', delay, `replication.maximumLag is ${plan.replication.maximumLagMebibytes} MiB`);
    },
  },
];

/** Where somebody else makes the Secret, the pods tell that the key is missing. */
function withoutReplicationPassword({ instances, credentials: { composed, secretName, values, external, missingVariables } }: Plan): Offence[] {
  if (!(instances > 1) || missingVariables.length > 0) return [];
  return [
    ...offence(composed && values['replication-password'] === undefined, 'credentials', secretName),
    ...external.flatMap(({ store, entries }) => offence(entries.every(({ file }) => file !== 'replication-password'), 'credentials', store.name)),
  ];
}

/** The server keeps the larger of the two: what slots may hold, and what it keeps in any case. */
function keptTooMuch(plan: Plan): Offence[] {
  const volume = plan.wal[0] ?? plan.data;
  if (volume.kind === 'ephemeral') return [];
  const room = { walVolume: volume.size.mebibytes, walAlone: plan.wal.length > 0 };
  const between = parseMebibytes(valueOf(plan, 'max_wal_size'), 'MB') ?? 0;
  // where the log between two checkpoints alone is too large, that is told
  if (between > largestMaxWalSize({ ...room, memory: 0, maxConnections: 0, walSegment: 0 })) return [];
  const largest = largestSlotLimit(room, between);
  const { slotLimitMebibytes } = plan.replication;
  const always = valueOf(plan, 'wal_keep_size');
  return [
    ...offence(slotLimitMebibytes > largest, 'replication.slotLimit', `${slotLimitMebibytes} MiB`, `at most ${largest} MiB fit`),
    ...offence((parseMebibytes(always, 'MB') ?? 0) > largest, 'parameters["wal_keep_size"]', always, `at most ${largest} MiB fit`),
  ];
}

function filled(volume: VolumePlan, prop: string): Offence[] {
  return volume.kind === 'ephemeral' ? [] : volume.dataSources.map(({ name }) => ({ prop: `${prop}.dataSource`, value: name }));
}

function valueOf(plan: Plan, parameter: string): string {
  return textsOf(plan).get(parameter) ?? '';
}

function pods(instances: number): string {
  return `there ${instances === 1 ? 'is 1 pod' : `are ${instances} pods`}`;
}
