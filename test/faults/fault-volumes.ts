import { Fault, upTo } from './fault';
import { forceFailOver } from './human';
import { pause } from './stage';

/** Longest time until a clone has begun, on a slow machine. */
const CLONE_BEGINS = 20_000;

const replicaEmptied: Fault = {
  name: 'the volume of a replica is emptied',
  weight: 2,
  applies: ({ emptied }) => !emptied,
  changes: () => ({ emptied: true }),
  async run(stage, { others: [rank] }) {
    await stage.loseVolume(stage.ordinal(rank));
    await stage.bringBack(stage.ordinal(rank));
  },
};

const cloneCutOff: Fault = {
  name: 'a clone is cut off',
  weight: 3,
  applies: ({ emptied }) => !emptied,
  changes: () => ({ emptied: true }),
  async run(stage, { others: [rank], numbers: [how, when] }) {
    const ordinal = stage.ordinal(rank);
    await stage.loseVolume(ordinal);
    await stage.bringBack(ordinal);
    const found = await stage.seen(ordinal, 'pg_basebackup', CLONE_BEGINS);
    await pause(upTo(500, when));
    if (!found) return;
    if (how < 0.4) stage.killProcess(found, ordinal);
    else if (how < 0.8) stage.killContainer(ordinal);
    else stage.cut(ordinal);
    return () => stage.heal(ordinal);
  },
};

/** Not together with a forced failover: whoever took over in it may be the one whose volume goes, and nobody else has its timeline. */
const primaryEmptied: Fault = {
  name: 'the volume of the primary is emptied, and another pod is forced to take over',
  weight: 3,
  applies: ({ emptied, forced }) => !emptied && !forced,
  changes: ({ others }) => ({ emptied: true, forced: true, primary: others[0] }),
  async run(stage, { primary, others, numbers: [when, back] }) {
    const ordinal = stage.ordinal(primary);
    await stage.loseVolume(ordinal);
    await pause(upTo(1500, when));
    // the empty pod may be back before anybody decides
    if (back < 0.5) await stage.bringBack(ordinal);
    await forceFailOver(stage, others.map((rank) => stage.ordinal(rank)));
    return async () => stage.bringBack(ordinal);
  },
};

export const volumes: readonly Fault[] = [replicaEmptied, cloneCutOff, primaryEmptied];
