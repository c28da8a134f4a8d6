import { Fault, unheard, upTo } from './fault';
import { forceFailOver } from './human';
import { pause } from './stage';

const cutOff: Fault = {
  name: 'a pod is cut off',
  weight: 3,
  async run(stage, { any, numbers: [when, early] }) {
    const ordinal = stage.ordinal(any);
    stage.cut(ordinal);
    await pause(upTo(2500, when));
    if (early < 0.5) stage.heal(ordinal);
    return () => stage.heal(ordinal);
  },
};

const pairCut: Fault = {
  name: 'two pods are cut from each other',
  weight: 2,
  async run(stage, { primary, others: [other], numbers: [when] }) {
    stage.cut(stage.ordinal(primary), stage.ordinal(other));
    await pause(upTo(2500, when));
    return () => stage.heal(stage.ordinal(primary), stage.ordinal(other));
  },
};

const cutInSwitchover: Fault = {
  name: 'a switchover, and the network is cut',
  weight: 4,
  changes: ({ others }) => ({ primary: others[0] }),
  async run(stage, { primary, others: [candidate, third], numbers: [who, when, long] }) {
    const ordinal = stage.ordinal([primary, candidate, third][Math.floor(who * 3)]);
    stage.declare(stage.ordinal(candidate));
    await pause(upTo(800, when));
    stage.cut(ordinal);
    await pause(upTo(2500, long));
    return () => stage.heal(ordinal);
  },
};

/** The old primary goes on writing where nobody hears it; half of the time it does not hear either that another one is declared. */
const failOverWhileCut: Fault = {
  name: 'a forced failover while the old primary is cut off',
  weight: 4,
  applies: ({ forced }) => !forced,
  changes: ({ others }) => ({ primary: others[0], forced: true }),
  async run(stage, { primary, others, numbers: [when, deaf, after] }) {
    const ordinal = stage.ordinal(primary);
    stage.cut(ordinal);
    if (deaf < 0.5) stage.withhold(ordinal);
    await pause(upTo(1000, when));
    await forceFailOver(stage, others.map((rank) => stage.ordinal(rank)));
    await pause(upTo(1500, after));
    return () => {
      stage.heal(ordinal);
      stage.deliver(ordinal);
    };
  },
};

/**
 * The third pod has the old primary's log and goes on to confirm what that one writes, unless somebody thinks of it. While nobody writes it has
 * no more than the candidate. Either of the two others may not hear of what is declared.
 */
const failOverBehindCut: Fault = {
  name: 'a forced failover of a pod that is cut from the old primary alone',
  weight: 4,
  applies: ({ forced }) => !forced,
  changes: ({ others }) => ({ primary: others[0], forced: true }),
  async run(stage, { primary, any, others: [candidate, third], numbers: [when, deaf, after] }) {
    const [old, next] = [stage.ordinal(primary), stage.ordinal(candidate)];
    const deafOnes = unheard([primary, third], deaf).map((rank) => stage.ordinal(rank));
    stage.quiet = any !== primary;
    stage.cut(old, next);
    for (const ordinal of deafOnes) stage.withhold(ordinal);
    await pause(300 + upTo(1000, when));
    await forceFailOver(stage, [next]);
    stage.quiet = false;
    await pause(upTo(2500, after));
    return () => {
      stage.heal(old, next);
      for (const ordinal of deafOnes) stage.deliver(ordinal);
    };
  },
};

export const network: readonly Fault[] = [cutOff, pairCut, cutInSwitchover, failOverWhileCut, failOverBehindCut];
