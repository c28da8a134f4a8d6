import type { Clones } from './clone';
import type { Idle } from './idle';
import { Moving, movingTables } from './moving-report';
import { span, table, Verdict } from './report';
import type { Start } from './start';
import { summarize, Summary, summarizeRatios } from './statistics';

/** The most that we want to see: a clone as a multiple of one by hand, and the scripts' seconds of a normal start. */
export const GOALS = { clone: 1.15, start: 0.3 } as const;

export interface RuntimeReport extends Moving {
  readonly machine: {
    readonly server: string;
    readonly cpus: number;
    readonly model: string;
    readonly loadBefore: number;
    readonly loadAfter: number;
  };
  readonly clones?: Clones;
  readonly starts?: { readonly single: readonly Start[]; readonly replica: readonly Start[] };
  readonly idle?: readonly Idle[];
}

/** The report as text for people. */
export function renderRuntimeReport({ machine, clones, starts, idle, ...moving }: RuntimeReport): string {
  return [
    `${machine.server}, ${machine.cpus} × ${machine.model}, load ${machine.loadBefore.toFixed(1)} before and ${machine.loadAfter.toFixed(1)} after`,
    ...clones === undefined ? [] : ['', ...cloneTable(clones)],
    ...starts === undefined ? [] : ['', ...startTable(starts)],
    ...movingTables(moving).flatMap((lines) => ['', ...lines]),
    ...idle === undefined ? [] : ['', ...idleTable(idle)],
    '',
  ].join('\n');
}

function cloneTable({ pairs, mebibytes }: Clones): string[] {
  const ratio = summarizeRatios(pairs, (run) => run);
  return table([
    [`clone of ${mebibytes.toFixed(0)} MiB`, 'pairs', 'ratio', 'ours s', 'by hand s', 'goal', 'verdict'],
    ['from the empty volume to streaming', `${pairs.length}`, span(ratio), ...[pairs.map(({ ours }) => ours), pairs.map(({ baseline }) => baseline)].map(took),
      `≤ ${GOALS.clone.toFixed(2)}`, verdict(ratio, GOALS.clone)],
  ]);
}

function startTable({ single, replica }: { readonly single: readonly Start[]; readonly replica: readonly Start[] }): string[] {
  return table([
    ['normal start', 'runs', 'scripts s', 'server s', 'whole s', 'goal', 'verdict'],
    ...([['one instance', single], ['a replica', replica]] as const).map(([what, runs]) => [
      what, `${runs.length}`, took(runs.map(({ scripts }) => scripts)), took(runs.map(({ server }) => server)), took(runs.map(({ whole }) => whole)),
      `≤ ${GOALS.start.toFixed(2)} s`, verdict(summarize(runs.map(({ scripts }) => scripts)), GOALS.start),
    ]),
  ]);
}

function idleTable(idle: readonly Idle[]): string[] {
  return table([
    ['while nothing happens', 'CPU s a minute', 'resident MiB', 'with its share MiB'],
    ...idle.map(({ what, cpuPerMinute, resident, proportional }) => [what, cpuPerMinute.toFixed(2), resident.toFixed(1), proportional.toFixed(1)]),
  ]);
}

function took(values: readonly number[]): string {
  return span(summarize(values));
}

function verdict({ median }: Summary, goal: number): Verdict {
  return median <= goal ? 'met' : 'missed';
}
