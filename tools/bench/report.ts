import type { Usage } from './processes';
import { Pair, summarize, Summary, summarizeRatios } from './statistics';

export type Verdict = 'met' | 'missed' | 'no goal';

/** Ours against a baseline, in whole processes. */
export interface Comparison {
  readonly what: string;
  readonly pairs: number;
  readonly cpuRatio: Summary;
  readonly wallRatio: Summary;
  readonly ours: Usage;
  readonly baseline: Usage;
  /** The largest ratio of CPU time that we want to see. */
  readonly goal?: number;
  readonly verdict: Verdict;
  readonly remark?: string;
}

/** Something that takes seconds, without a baseline. */
export interface Duration {
  readonly what: string;
  readonly runs: number;
  readonly seconds: Summary;
  /** Seconds since what happened just before, by the medians. */
  readonly part?: number;
  /** The most seconds that we want to see. */
  readonly goal?: number;
  readonly verdict: Verdict;
}

export interface Report {
  readonly machine: { readonly node: string; readonly cpus: number; readonly model: string; readonly loadBefore: number; readonly loadAfter: number };
  readonly comparisons: readonly Comparison[];
  readonly durations: readonly Duration[];
  readonly notes: readonly string[];
}

export function compare(what: string, runs: readonly Pair<Usage>[], goal?: number, remark?: string): Comparison {
  const cpuRatio = summarizeRatios(runs, ({ cpu }) => cpu);
  return {
    what,
    pairs: runs.length,
    cpuRatio,
    wallRatio: summarizeRatios(runs, ({ wall }) => wall),
    ours: medians(runs.map(({ ours }) => ours)),
    baseline: medians(runs.map(({ baseline }) => baseline)),
    goal,
    verdict: goal === undefined ? 'no goal' : cpuRatio.median <= goal ? 'met' : 'missed',
    remark,
  };
}

/** The report as text for people. */
export function renderReport({ machine, comparisons, durations, notes }: Report): string {
  return [
    `Node ${machine.node}, ${machine.cpus} × ${machine.model}, load ${machine.loadBefore.toFixed(1)} before and ${machine.loadAfter.toFixed(1)} after`,
    ...comparisons.length === 0 ? [] : ['', ...table([
      ['ours / baseline', 'pairs', 'CPU ratio', 'wall ratio', 'CPU s', 'wall s', 'peak MiB', 'goal', 'verdict'],
      ...comparisons.map((one) => [
        one.what, `${one.pairs}`, span(one.cpuRatio), span(one.wallRatio), both(one, ({ cpu }) => cpu.toFixed(3)), both(one, ({ wall }) => wall.toFixed(3)),
        both(one, ({ memory }) => memory.toFixed(0)), one.goal === undefined ? '' : `≤ ${one.goal.toFixed(2)} CPU`, one.verdict,
      ]),
    ]), '', ...comparisons.flatMap(({ what, remark }) => remark === undefined ? [] : [`${what}: ${remark}`])],
    ...durations.length === 0 ? [] : ['', ...table([
      ['on the cluster', 'runs', 'seconds', 'part', 'goal', 'verdict'],
      ...durations.map(({ what, runs, seconds, part, goal, verdict }) => [
        what, `${runs}`, span(seconds), part === undefined ? '' : `+${part.toFixed(2)}`, goal === undefined ? '' : `≤ ${goal.toFixed(2)} s`, verdict,
      ]),
    ])],
    ...notes.length === 0 ? [] : ['', ...notes],
    '',
  ].join('\n');
}

function medians(runs: readonly Usage[]): Usage {
  const median = (measure: (run: Usage) => number): number => summarize(runs.map(measure)).median;
  return { cpu: median(({ cpu }) => cpu), wall: median(({ wall }) => wall), memory: median(({ memory }) => memory) };
}

export function span({ median, min, max }: Summary): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

function both({ ours, baseline }: Comparison, show: (usage: Usage) => string): string {
  return `${show(ours)} / ${show(baseline)}`;
}

export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd());
}
