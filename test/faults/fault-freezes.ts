import { Fault, unheard, upTo } from './fault';
import { forceFailOver } from './human';
import { pause } from './stage';

const frozen: Fault = {
  name: 'a pod stands still',
  weight: 3,
  async run(stage, { any, numbers: [when, early] }) {
    const ordinal = stage.ordinal(any);
    stage.freeze(ordinal);
    await pause(upTo(4000, when));
    if (early < 0.5) stage.thaw(ordinal);
    return () => stage.thaw(ordinal);
  },
};

const frozenInSwitchover: Fault = {
  name: 'a switchover, and a pod stands still',
  weight: 3,
  changes: ({ others }) => ({ primary: others[0] }),
  async run(stage, { primary, others: [candidate, third], numbers: [who, when, long] }) {
    const ordinal = stage.ordinal([primary, candidate, third][Math.floor(who * 3)]);
    stage.declare(stage.ordinal(candidate));
    await pause(upTo(900, when));
    stage.freeze(ordinal);
    await pause(upTo(4000, long));
    return () => stage.thaw(ordinal);
  },
};

/** It goes on in the middle of what it did, with all of its connections. */
const failOverWhileFrozen: Fault = {
  name: 'a forced failover while the old primary stands still',
  weight: 4,
  applies: ({ forced }) => !forced,
  changes: ({ others }) => ({ primary: others[0], forced: true }),
  async run(stage, { primary, others, any, numbers: [when, deaf, after] }) {
    const ordinal = stage.ordinal(primary);
    const deafOnes = unheard([primary, others[1]], deaf).map((rank) => stage.ordinal(rank));
    stage.freeze(ordinal);
    for (const one of deafOnes) stage.withhold(one);
    await pause(upTo(1000, when));
    await forceFailOver(stage, others.map((rank) => stage.ordinal(rank)));
    if (any === primary) await pause(upTo(3000, after));
    stage.thaw(ordinal);
    await pause(upTo(1500, after));
    return () => {
      for (const one of deafOnes) stage.deliver(one);
    };
  },
};

export const freezes: readonly Fault[] = [frozen, frozenInSwitchover, failOverWhileFrozen];
