import { isNumberOfPods, isOrdinal } from '../legal-names';
import type { Plan } from '../plan';
import { asGiven, error, offence, Offence, Rule, warning } from '../rule';

/** An hour: what waits longer is a decision of its own. */
const LONGEST_SECONDS = 3600;

/** Which pod is the primary, what an update makes of one that is not at ordinal 0, and the limits of its move. */
export const primaryRules: readonly Rule[] = [
  {
    code: 'PG2820',
    severity: error,
    cause: 'is not the ordinal of a pod that could be the primary',
    cure: 'use a whole number from 0 to `instances` - 1: raise `instances` before the primary moves to a new pod, and lower it only once the primary has '
      + 'moved to a pod that stays',
    offences: ({ instances, primaryOrdinal }) => offence(
      // a wrong number of pods is told for itself
      !isOrdinal(primaryOrdinal, isNumberOfPods(instances) ? instances : Infinity), 'primaryOrdinal', asGiven(primaryOrdinal),
      isNumberOfPods(instances) ? `the highest ordinal is ${instances - 1}` : undefined,
    ),
  },
  {
    code: 'PG2821',
    severity: error,
    cause: 'starts no pod before every lower one is ready, while those below the primary wait for it, so that it might never start',
    cure: 'leave `podManagement` out, for which the StatefulSet is deleted without its pods and applied again, or leave the primary at ordinal 0',
    offences: ({ podManagement, instances, primaryOrdinal }) => offence(
      podManagement === 'OrderedReady' && primaryOrdinal !== 0 && isOrdinal(primaryOrdinal, instances), 'podManagement', podManagement,
      `primaryOrdinal is ${primaryOrdinal}`,
    ),
  },
  {
    code: 'PG2822',
    severity: warning,
    cause: 'leaves the replicas below the primary as they are, since an update goes from the highest ordinal to the lowest and cannot leave out one in the middle',
    cure: 'move the primary to 0 by `primaryOrdinal` first, or go on with `Rollout.rollingUpdate()`, which takes the primary before them',
    // where it updates nobody, that is told
    offences: ({ update, instances, primaryOrdinal }) => update.kind === 'OnDelete' ? [] : offence(
      update.choice === 'replicasOnly' && primaryOrdinal > 0 && isOrdinal(primaryOrdinal + 1, instances), 'rollout', update.asked, whereIs(primaryOrdinal),
    ),
  },
  {
    code: 'PG2823',
    severity: warning,
    cause: 'updates the primary and leaves replicas below it as they are, so that what is wrong with the update is found out on the primary',
    cure: 'move the primary to 0 by `primaryOrdinal` first, or use a partition above it',
    offences: ({ update, instances, primaryOrdinal }) => update.kind === 'OnDelete' ? [] : offence(
      update.choice === 'partition' && update.partition > 0 && update.partition <= primaryOrdinal && isOrdinal(primaryOrdinal, instances),
      'rollout', update.asked, whereIs(primaryOrdinal),
    ),
  },
  {
    code: 'PG2824',
    severity: error,
    cause: 'is no time by which a primary could be moved',
    cure: 'use whole milliseconds for `switchoverLag` and whole seconds for `switchoverDelay`, from 1 to those of an hour',
    offences: wrongTimes,
  },
];

function wrongTimes({ replication: { switchoverLagMilliseconds: lag, switchoverDelaySeconds: delay } }: Plan): Offence[] {
  return [
    ...offence(!isWhole(lag, LONGEST_SECONDS * 1000), 'replication.switchoverLag', `${lag} milliseconds`),
    ...offence(!isWhole(delay, LONGEST_SECONDS), 'replication.switchoverDelay', `${delay} seconds`),
  ];
}

function isWhole(amount: number, most: number): boolean {
  return Number.isInteger(amount) && amount >= 1 && amount <= most;
}

function whereIs(primaryOrdinal: number): string {
  return `the primary is at ordinal ${primaryOrdinal}`;
}
