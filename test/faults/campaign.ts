import { basename } from 'node:path';
import { Evidence, judge, Kept, lostRows, Mode, unseen, Verdict } from './checks';
import { rowsInCopy } from './copies';
import type { Fault } from './fault';
import type { Acknowledged } from './history';
import { foldersKept, isWhole, keptWal, removeKept } from './kept';
import { Life } from './life';
import { within } from './limit';
import { perform } from './perform';
import { planRound, RoundPlan } from './plan';
import { timelinesBegun } from './said';
import type { Stage } from './stage';
import { comeTogether, rowsOfAll, rowsOfThoseThatAnswer, tableOf, takesRows } from './together';
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
  /** The faults to choose from, and how they were asked for. */
  readonly faults: readonly Fault[];
  readonly only: string;
  readonly keepGoing: boolean;
  /** Hears what is done, while it is done. */
  readonly hear: (note: string) => void;
}

/** All that is done has limits of its own; what hangs all the same ends here, as a failure. */
const LONGEST_ROUND = 600_000;
const LONGEST_BEGIN = 400_000;
const LONGEST_END = 120_000;
const LONGEST_LOOK = 60_000;

export interface RoundResult extends Verdict {
  readonly round: number;
  /** The first round of this cluster. */
  readonly began: number;
  readonly mode: Mode;
  readonly plan: RoundPlan;
  readonly notes: readonly string[];
  /** The faults of the plan that came to nothing, since what they are done to was not there. */
  readonly inVain: readonly string[];
  readonly forcedBy: readonly ('plan' | 'person')[];
  readonly wentBack: boolean;
  readonly seconds: number;
  /** How long the pods took to come together after everything was healed; nothing where they did not. */
  readonly healing?: number;
  readonly acknowledged: number;
  readonly unknown: number;
}

/** Hears of every round; while it is told of a failed one, the pods are still as they were. There are none where they could not begin. */
export type Listener = (result: RoundResult, life?: Life) => Promise<void>;

/** Rounds of faults and checks, one after the other; the pods live on from one to the next. Says whether all went well. */
export async function runCampaign(options: CampaignOptions, tell: Listener, live: typeof liveOn = liveOn): Promise<boolean> {
  const { first, rounds, modes, life: length, keepGoing } = options;
  const begin = Date.now();
  const clock = () => Date.now() - begin;
  let well = true;
  let round = first;
  while (round < first + rounds && (well || keepGoing)) {
    const block = Math.floor((round - first) / length);
    const end = Math.min(first + (block + 1) * length, first + rounds);
    const lived = await live({ options, mode: modes[block % modes.length], round, end, clock, tell });
    round = lived.next;
    well &&= lived.well;
  }
  return well;
}

export interface Block {
  readonly options: CampaignOptions;
  readonly mode: Mode;
  readonly round: number;
  readonly end: number;
  readonly clock: () => number;
  readonly tell: Listener;
}

/** One cluster, up to the first round that fails: nothing that came next would mean anything. Says with which round another one goes on. */
export async function liveOn(block: Block, begin = Life.begin): Promise<{ readonly next: number; readonly well: boolean }> {
  const { options, mode, round: began, clock, tell } = block;
  let next = began;
  let failed = false;
  let life: Life | undefined;
  try {
    life = await within(LONGEST_BEGIN, 'the beginning', async () => begin(options.server, mode, clock, options.hear));
    for (; next < block.end && !failed; next += 1) {
      const result = { ...await runRound(life, planRound(options.seed, next, mode, options.faults)), began };
      failed = result.failures.length > 0;
      await tell(result, life);
    }
  } catch (error) {
    await tell({ ...thrown(planRound(options.seed, next, mode, options.faults), mode, error), began });
    return { next: next + 1, well: false };
  } finally {
    await endLife(life, options.hear);
  }
  return { next, well: !failed };
}

/** What cannot be ended is left behind: the next cluster has nothing to do with it. */
async function endLife(life: Life | undefined, hear: (note: string) => void): Promise<void> {
  if (!life) return;
  await within(LONGEST_END, 'the end of a cluster', async () => life.end()).catch((error: unknown) => hear(String(error)));
}

const NOTHING = {
  notes: [], inVain: [], forcedBy: [], wentBack: false, seconds: 0, acknowledged: 0, unknown: 0, tails: [], overlaps: [], namesakes: [], unopened: [],
} as const;

function thrown(plan: RoundPlan, mode: Mode, error: unknown): Omit<RoundResult, 'began'> {
  return { ...NOTHING, round: plan.round, mode, plan, failures: [messageOf(error)] };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n--- log of pod')[0];
}

async function runRound(life: Life, plan: RoundPlan): Promise<Omit<RoundResult, 'began'>> {
  const { stage, history, writers, mode } = life;
  const begin = stage.clock();
  stage.beginRound();
  writers.resume();
  let healing: number | undefined;
  let evidence: Evidence | undefined;
  let verdict: Verdict = { failures: [], tails: [], overlaps: [], namesakes: [], unopened: [] };
  try {
    evidence = await within(LONGEST_ROUND, 'the round', async () => {
      await perform(stage, plan);
      healing = await comeTogether(stage) / 1000;
      await takesRows(stage, history);
      await writers.pause();
      return gather(life);
    });
    verdict = judge(evidence);
  } catch (error) {
    await writers.pause();
    verdict = { ...verdict, failures: [messageOf(error), await whereRowsAre(life)] };
  }
  const course = { round: plan.round, mode, plan, healing, seconds: (stage.clock() - begin) / 1000 };
  const result = { ...course, ...verdict, ...leftBehind(life, plan) };
  if (evidence && verdict.failures.length === 0) tidy(life, evidence, verdict);
  return result;
}

/** Where a round failed before its rows could be compared. */
async function whereRowsAre({ stage, history }: Life): Promise<string> {
  return within(LONGEST_LOOK, 'a look at the rows', async () => unseen(history, await rowsOfThoseThatAnswer(stage))).catch(messageOf);
}

function leftBehind({ stage, history }: Life, { steps }: RoundPlan): Pick<RoundResult, 'notes' | 'inVain' | 'forcedBy' | 'wentBack' | 'acknowledged' | 'unknown'> {
  return {
    notes: [...stage.notes],
    inVain: steps.filter((step) => stage.inVain.has(step)).map(({ fault }) => fault),
    forcedBy: [...stage.forcedBy],
    wentBack: stage.wentBack,
    acknowledged: history.acknowledged.length,
    unknown: history.unknown.size,
  };
}

async function gather(life: Life): Promise<Evidence> {
  const { mode, history, stage } = life;
  const present = await rowsOfAll(stage);
  const { forcedPods, emptied } = stage;
  const kept = mode === 'asynchronous' ? await keptOnAll(life, lostRows(history, present)) : new Map<number, Kept>();
  return { mode, history, present, forcedPods, emptied, begun: begunBy(stage), kept };
}

function begunBy(stage: Stage): Map<number, ReadonlySet<number>> {
  return new Map(stage.ordinals.map((ordinal) => [ordinal, timelinesBegun(stage.logOfRound(ordinal))]));
}

/** Of the pods that have lost rows; what went with a volume is looked for nowhere. */
async function keptOnAll({ stage, server }: Life, missing: readonly Acknowledged[]): Promise<Map<number, Kept>> {
  const lookup = { bin: (await server.bring()).bin, table: await tableOf(stage) };
  const kept = new Map<number, Kept>();
  for (const ordinal of stage.ordinals) {
    const lost = missing.filter(({ node, begin }) => node === ordinal && begin > (stage.emptied.get(node) ?? -1)).map(({ id }) => id);
    if (lost.length === 0) continue;
    const claim = stage.pods.claim(ordinal);
    const copies = [...foldersKept(claim).copies, ...stage.takenAway.get(ordinal) ?? []].filter(isWhole);
    kept.set(ordinal, { copies: copies.length, ...keptWal(claim, lookup, new Set(lost)), ...await readCopies(copies, lost, server) });
  }
  return kept;
}

async function readCopies(copies: readonly string[], lost: readonly number[], server: Server): Promise<Pick<Kept, 'inCopies' | 'unopened'>> {
  const inCopies = new Set<number>();
  const unopened: string[] = [];
  for (const copy of copies) {
    const { rows, problem } = await rowsInCopy(copy, lost, server);
    for (const id of rows) inCopies.add(id);
    if (problem) unopened.push(`${basename(copy)} cannot be opened: ${problem}`);
  }
  return { inCopies, unopened };
}

/** The next round begins with nothing kept and nothing open. */
function tidy({ stage, history }: Life, { present }: Evidence, { namesakes }: Verdict): void {
  for (const ordinal of stage.ordinals) removeKept(stage.pods.claim(ordinal));
  history.settle(present.get(stage.pods.primary)!, stage.emptied, namesakes);
}
