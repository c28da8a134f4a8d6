import { Evidence, judge, Kept, Mode, Verdict } from './checks';
import { faults } from './faults';
import { keptOn, removeKept } from './kept';
import { Life } from './life';
import { perform } from './perform';
import { planRound, RoundPlan } from './plan';
import { comeTogether, rowsOfAll } from './together';
import { Server } from '../support/servers';

export interface CampaignOptions {
  readonly seed: number;
  /** The numbers of the rounds: from the first on, so many. */
  readonly first: number;
  readonly rounds: number;
  /** Both: one life of a cluster after the other. */
  readonly modes: readonly Mode[];
  readonly server: Server;
  /** How many rounds one cluster lives. */
  readonly life: number;
  /** Which faults, by their names. */
  readonly only: RegExp;
  readonly keepGoing: boolean;
  /** Hears what is done, while it is done. */
  readonly hear: (note: string) => void;
}

/** All that a round does has limits of its own; what hangs all the same ends the round here, as a failure. */
const LONGEST_ROUND = 600_000;

export interface RoundResult extends Verdict {
  readonly round: number;
  /** The first round of this cluster. */
  readonly began: number;
  readonly mode: Mode;
  readonly plan: RoundPlan;
  readonly notes: readonly string[];
  readonly forced: boolean;
  readonly seconds: number;
  /** How long the pods took to come together after everything was healed. */
  readonly healing: number;
  readonly acknowledged: number;
  readonly unknown: number;
}

/** Hears of every round; while it is told of a failed one, the pods are still as they were. */
export type Listener = (result: RoundResult, life: Life) => Promise<void>;

/** Rounds of faults and checks, one after the other; the pods live on from one to the next. Says whether all went well. */
export async function runCampaign(options: CampaignOptions, tell: Listener): Promise<boolean> {
  const { first, rounds, modes, life: length, keepGoing } = options;
  const begin = Date.now();
  const clock = () => Date.now() - begin;
  let well = true;
  let round = first;
  while (round < first + rounds && (well || keepGoing)) {
    const block = Math.floor((round - first) / length);
    const end = Math.min(first + (block + 1) * length, first + rounds);
    const life = await Life.begin(options.server, modes[block % modes.length], clock, options.hear);
    try {
      // after a failed round nothing that came next would mean anything
      for (let failed = false, began = round; round < end && !failed; round += 1) {
        const plan = planRound(options.seed, round, life.mode, faults.filter(({ name }) => options.only.test(name)));
        const result = { ...await runRound(life, plan), began };
        await tell(result, life);
        failed = result.failures.length > 0;
        well &&= !failed;
      }
    } finally {
      await life.end();
    }
  }
  return well;
}

async function runRound(life: Life, plan: RoundPlan): Promise<Omit<RoundResult, 'began'>> {
  const { stage, history, writers, mode } = life;
  const begin = stage.clock();
  stage.beginRound();
  writers.resume();
  let healing = 0;
  let evidence: Evidence | undefined;
  let verdict: Verdict = { failures: [], tails: [], overlaps: [] };
  try {
    const present = await within(LONGEST_ROUND, async () => {
      await perform(stage, plan);
      healing = await comeTogether(stage);
      await writers.pause();
      return rowsOfAll(stage);
    });
    evidence = { mode, history, present, forced: stage.forced, emptied: stage.emptied, kept: keptOnAll(life) };
    verdict = judge(evidence);
  } catch (error) {
    await writers.pause();
    verdict = { ...verdict, failures: [(error as Error).message.split('\n--- log of pod')[0]] };
  }
  const { length: acknowledged } = history.acknowledged;
  const result = {
    ...verdict,
    round: plan.round,
    mode,
    plan,
    notes: [...stage.notes],
    forced: stage.forced,
    seconds: (stage.clock() - begin) / 1000,
    healing: healing / 1000,
    acknowledged,
    unknown: history.unknown.size,
  };
  if (evidence && verdict.failures.length === 0) tidy(life, evidence);
  return result;
}

async function within<T>(limit: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the round has not ended within ${limit / 1000} s`)), limit);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function keptOnAll({ stage }: Life): Map<number, Kept> {
  return new Map(stage.ordinals.map((ordinal) => {
    const { copies, transactions } = keptOn(stage.pods.claim(ordinal));
    return [ordinal, { copies: copies + (stage.takenAway.has(ordinal) ? 1 : 0), transactions }];
  }));
}

/** The next round begins with nothing kept and nothing open. */
function tidy({ stage, history }: Life, { present }: Evidence): void {
  for (const ordinal of stage.ordinals) removeKept(stage.pods.claim(ordinal));
  history.settle(present.get(stage.pods.primary)!);
}
