import type { Failover } from './failover';
import { span, table, Verdict } from './report';
import type { Returns } from './returning';
import { Pair, summarize, summarizeRatios } from './statistics';
import type { HandOver, Switchovers } from './switchover';

/** The most that we want to see, in seconds or as a multiple of what is done by hand; of synchronous commits, the least, as a part of asynchronous ones. */
export const MOVING_GOALS = { idle: 0.3, loaded: 0.5, write: 0.3, rewind: 1.2, clone: 1.15, synchronous: 0.75 } as const;

/** What concerns the primary and where it is. */
export interface Moving {
  readonly switchovers?: Switchovers;
  readonly failovers?: readonly Failover[];
  readonly returns?: Returns;
  readonly synchronous?: readonly Pair<number>[];
}

/** The tables of what was measured. */
export function movingTables({ switchovers, failovers, returns, synchronous }: Moving): string[][] {
  return [
    ...switchovers === undefined ? [] : [switchoverTable(switchovers), partsTable(switchovers)],
    ...failovers === undefined ? [] : [failoverTable(failovers)],
    ...returns === undefined ? [] : [returnTable(returns)],
    ...synchronous === undefined ? [] : [synchronousTable(synchronous)],
  ];
}

function switchoverTable({ idle, loaded }: Switchovers): string[] {
  return table([
    ['planned switchover', 'runs', 'no row confirmed for s', 'from the declaration s', 'goal', 'verdict'],
    ...([['one client', idle, MOVING_GOALS.idle], ['beside pgbench', loaded, MOVING_GOALS.loaded]] as const).map(([what, runs, goal]) => [
      what, `${runs.length}`, took(runs.map(({ gap }) => gap)), took(runs.map(({ moved }) => moved)), `≤ ${goal.toFixed(2)} s`, atMost(runs.map(({ gap }) => gap), goal),
    ]),
  ]);
}

function partsTable({ idle, loaded }: Switchovers): string[] {
  const row = (what: string, runs: readonly HandOver[]): string[] => [
    what, ...(['stop', 'back', 'claim', 'promotion'] as const).map((part) => took(runs.map(({ parts }) => parts[part]))),
  ];
  return table([['of that', 'the old one stops s', 'is back as a standby s', 'is claimed from s', 'promotion to row s'], row('one client', idle), row('beside pgbench', loaded)]);
}

function failoverTable(failovers: readonly Failover[]): string[] {
  const writes = failovers.map(({ write }) => write);
  return table([
    ['forced failover', 'runs', 'promotion to row s', 'command to row s', 'command to end s', 'goal', 'verdict'],
    ['a lost node', `${failovers.length}`, took(writes), took(failovers.map(({ command }) => command)), took(failovers.map(({ whole }) => whole)),
      `≤ ${MOVING_GOALS.write.toFixed(2)} s`, atMost(writes, MOVING_GOALS.write)],
  ]);
}

function returnTable({ returns, mebibytes }: Returns): string[] {
  const ours = returns.map((one) => one.ours);
  return table([
    [`return of a lost primary, ${mebibytes.toFixed(0)} MiB`, 'runs', 'ratio', 'ours s', 'by hand s', 'goal', 'verdict'],
    ...(['rewind', 'clone'] as const).map((way) => {
      const ratio = summarizeRatios(returns.map((one) => ({ ours: one.ours, baseline: one[way] })), (seconds) => seconds);
      return [`beside a ${way} by hand`, `${returns.length}`, span(ratio), took(ours), took(returns.map((one) => one[way])),
        `≤ ${MOVING_GOALS[way].toFixed(2)}`, ratio.median <= MOVING_GOALS[way] ? 'met' : 'missed'];
    }),
  ]);
}

function synchronousTable(pairs: readonly Pair<number>[]): string[] {
  const ratio = summarizeRatios(pairs, (transactions) => transactions);
  const perSecond = (values: readonly number[]): string => {
    const { median, min, max } = summarize(values);
    return `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`;
  };
  return table([
    ['TPC-B, a second', 'pairs', 'ratio', 'synchronous', 'asynchronous', 'goal', 'verdict'],
    ['one of two replicas confirms', `${pairs.length}`, span(ratio), perSecond(pairs.map(({ ours }) => ours)), perSecond(pairs.map(({ baseline }) => baseline)),
      `≥ ${MOVING_GOALS.synchronous.toFixed(2)}`, ratio.median >= MOVING_GOALS.synchronous ? 'met' : 'missed'],
  ]);
}

function took(values: readonly number[]): string {
  return span(summarize(values));
}

function atMost(values: readonly number[], goal: number): Verdict {
  return summarize(values).max <= goal ? 'met' : 'missed';
}
