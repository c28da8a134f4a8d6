import { Fault, unheard, upTo } from './fault';
import { forceFailOver, leaveUndecided, tryFailOver } from './human';
import { hasHeeded } from './kept';
import { within } from './limit';
import { pause, Stage } from './stage';

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

/** How long replicas may take to receive all that a primary has written, once nobody writes. */
const LONGEST_CATCHING_UP = 15_000;
const LONGEST_ANSWER = 5000;
/** A primary writes for itself, too, if rarely: what only the third pod has of that keeps the candidate from taking over. */
const TRIES = 3;

/**
 * The third pod has the old primary's log and goes on to confirm what that one writes, unless somebody thinks of it. Until the third pod is fenced nobody
 * writes, and the old primary does not hear of what is declared, upon which it would set passwords anew: so that the third one has no more than the
 * candidate. From then on there are clients on both sides in some rounds; the old primary may hear of it, and the third pod may not.
 */
const failOverBehindCut: Fault = {
  name: 'a forced failover of a pod that is cut from the old primary alone',
  weight: 4,
  applies: ({ forced }) => !forced,
  changes: ({ others }) => ({ primary: others[0], forced: true }),
  async run(stage, { primary, any, others, numbers: [when, deaf, after] }) {
    const [old, next, last] = [primary, ...others].map((rank) => stage.ordinal(rank));
    const deafOnes = unheard([old, last], deaf);
    stage.withhold(old);
    if (deafOnes.includes(last)) stage.withhold(last);
    let done = false;
    for (let turn = 0; turn < TRIES && !done; turn += 1) {
      stage.quiet = true;
      await catchUp(stage, old);
      stage.cut(old, next);
      await pause(300 + upTo(1000, when));
      const attempt = tryFailOver(stage, next, 'plan');
      await until(attempt, () => hasHeeded(stage.pods.claim(last), next));
      stage.quiet = any !== primary;
      done = await attempt;
      if (!done && turn < TRIES - 1) stage.heal(old, next);
    }
    if (!done) leaveUndecided(stage);
    stage.quiet = false;
    if (!deafOnes.includes(old)) stage.deliver(old);
    await pause(upTo(2500, after));
    return () => {
      stage.heal(old, next);
      for (const ordinal of [old, last]) stage.deliver(ordinal);
    };
  },
};

/** Waits until all replicas have what the primary has written. */
async function catchUp(stage: Stage, primary: number): Promise<void> {
  const end = stage.clock() + LONGEST_CATCHING_UP;
  for (; stage.clock() < end && stage.ordinals.every((ordinal) => stage.exists(ordinal)); await pause(100)) {
    const behind = "SELECT 2 - count(*) FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn >= pg_current_wal_lsn()";
    // one that stands still says nothing
    if (await within(LONGEST_ANSWER, 'the answer', async () => stage.pods.sql(primary, behind)).catch(() => '') === '0') return;
  }
  stage.note(`not all replicas have what pod ${primary} has written`);
}

/** Waits until something has happened, or there is an end to it without that. */
async function until(end: Promise<unknown>, happened: () => boolean): Promise<void> {
  let over = false;
  void end.finally(() => { over = true; });
  while (!over && !happened()) await pause(50);
}

export const network: readonly Fault[] = [cutOff, pairCut, cutInSwitchover, failOverWhileCut, failOverBehindCut];
