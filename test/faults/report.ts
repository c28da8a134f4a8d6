import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CampaignOptions, RoundResult } from './campaign';
import type { Life } from './life';
import { within } from './limit';
import { describePlan } from './plan';
import { STUCK } from './stage';

export interface ReportHead extends Pick<CampaignOptions, 'seed' | 'first' | 'rounds' | 'life' | 'only'> {
  readonly server: string;
  /** What was tested: a seed stands for the same plan only as long as the faults are the same. */
  readonly commit: string;
}

/** One line for each round, while it goes on. */
export function renderRound(result: RoundResult): string {
  const { round, mode, plan, seconds, healing, acknowledged, tails, overlaps, failures, forcedBy, wentBack, inVain, namesakes } = result;
  return [
    `round ${round} ${mode}: ${seconds.toFixed(1)} s (${healing?.toFixed(1) ?? 'never'} s to come together), ${acknowledged} rows`,
    ...forcedBy.includes('person') ? ['a person forced a failover'] : [],
    ...wentBack ? ['a person went back'] : [],
    ...inVain.length ? [`in vain: ${inVain.join(', ')}`] : [],
    ...tails.map(({ rows, node, where }) => `a tail of ${rows} rows of pod ${node} lost (${where})`),
    ...overlaps.map(({ rows, node, milliseconds }) => `pod ${node} wrote ${rows} rows beside the new primary for ${milliseconds} ms`),
    ...namesakes.map(({ nodes, timeline }) => `pods ${nodes.join(' and ')} each began a timeline ${timeline}`),
    ...failures.length ? ['FAILED'] : [],
    plan.steps.map(({ fault }) => fault).join('; '),
  ].join(' | ');
}

/** What was done, in order, what was found, and how to see it again. */
export function renderFailure(result: RoundResult, again: string): string {
  return [
    `round ${result.round}, ${result.mode}: ${result.failures.length} checks failed`,
    ...result.failures.map((failure) => `  ${failure}`),
    'the plan:', ...describePlan(result.plan).map((line) => `  ${line}`),
    'what was done:', ...result.notes.map((note) => `  ${note}`),
    `again: ${again}`, '',
  ].join('\n');
}

const STATE = 'cd /run/cdk8s-postgres && grep -s "" $(ls -p | grep -v /); ls -A /var/lib/postgresql /var/lib/postgresql/*/; ps -eo pid,ppid,etimes,args; '
  + 'psql -X -U postgres -d postgres -c "SELECT pg_is_in_recovery(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()" '
  + '-c "SELECT * FROM pg_control_checkpoint()" -c "SELECT slot_name, active, restart_lsn, wal_status FROM pg_replication_slots" '
  + '-c "SELECT application_name, state, sent_lsn, flush_lsn, sync_state FROM pg_stat_replication" '
  + '-c "SELECT status, sender_host, received_tli, flushed_lsn FROM pg_stat_wal_receiver"';

const LONGEST_ANSWER = 15_000;

/** Puts everything about a round into a folder: what is known for sure first. */
export async function saveRound(folder: string, result: RoundResult, again: string, life?: Life): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'round.txt'), renderFailure(result, again));
  if (!life) return;
  const { stage, history } = life;
  const rows = { acknowledged: history.acknowledged, unknown: [...history.unknown] };
  writeFileSync(join(folder, 'rows.json'), `${JSON.stringify(rows, null, 1)}\n`);
  for (const ordinal of stage.ordinals) writeFileSync(join(folder, `pod-${ordinal}.log`), stage.log(ordinal));
  for (const ordinal of stage.ordinals) {
    // a pod that is gone, or that stands still, says nothing
    const said = within(LONGEST_ANSWER, 'the answer', async () => stage.pods.pod(ordinal).exec(['bash', '-c', STATE]));
    const now = await said.catch((error: unknown) => ({ stdout: String(error), stderr: '' }));
    writeFileSync(join(folder, `pod-${ordinal}.state`), now.stdout + now.stderr);
  }
}

/** So often planned and never done, a fault shows nothing. */
const OFTEN = 5;
/** So often planned, a fault should be done more than that. */
const VERY_OFTEN = 10;
const MOSTLY = 0.75;

/** The faults that a campaign claims and has never done. */
export function vainOnes(results: readonly RoundResult[]): string[] {
  const counts = countFaults(results);
  const never = counts.filter(({ times, vain }) => vain === times);
  return (never.length === counts.length ? never : never.filter(({ times }) => times >= OFTEN)).map(({ fault }) => fault);
}

/** Those that were done, but that seldom that little can be said of them: a warning. */
export function mostlyVain(results: readonly RoundResult[]): string[] {
  return countFaults(results).filter(({ times, vain }) => times >= VERY_OFTEN && vain < times && vain > MOSTLY * times)
    .map(({ fault, times, vain }) => `${fault} (${vain} of ${times})`);
}

/** A page about all rounds of a campaign, or about those until now. */
export function renderReport({ seed, server, commit, rounds, first, life, only }: ReportHead, results: readonly RoundResult[]): string {
  const modes = [...new Set(results.map(({ mode }) => mode))];
  const failed = results.filter(({ failures }) => failures.length > 0);
  return [
    '# Kill campaign', '',
    `${results.length} of ${rounds} rounds from ${first} on, with the seed ${seed}, on ${server}, commit ${commit}: 3 pods, quorum 1 with`,
    `synchronous replication, up to ${life} rounds a cluster${only ? `, only of the faults that match "${only}"` : ''}. Shortened here: a standby that is stuck decides anew`,
    `after ${STUCK} s, where it waits for a minute otherwise. After each round all pods have to stream from one primary that acknowledges rows.`,
    'A person forces a failover only where the last primary lost its volume, or where a planned one came to nothing, and goes back to the pod that',
    'stepped down only where the declared one asks for a decision: with an empty volume (`lost-primary`), or superseded beside another one that is',
    'empty, or that has followed it beyond the fork.', '',
    ...COLUMNS.map(([name, value]) => `| ${[name, ...modes.map((mode) => value(results.filter((result) => result.mode === mode)))].join(' | ')} |`)
      .flatMap((line, index) => (index === 0 ? [line, `| ${['---', ...modes.map(() => '---')].join(' | ')} |`] : [line])), '',
    '| fault | times | of these in vain |', '| --- | --- | --- |',
    ...countFaults(results).map(({ fault, times, vain }) => `| ${fault} | ${times} | ${vain} |`), '',
    ...vainOnes(results).map((fault) => `- never done: ${fault}`),
    ...mostlyVain(results).map((fault) => `- mostly in vain: ${fault}`),
    ...results.flatMap(({ round, mode, unopened }) => unopened.map((copy) => `- round ${round}, ${mode}: ${copy}`)),
    ...failed.map(({ round, mode, failures }) => `- round ${round}, ${mode}: ${failures.join('; ')}`),
  ].join('\n').trimEnd().concat('\n');
}

type Value = (results: readonly RoundResult[]) => string | number;

const COLUMNS: readonly (readonly [string, Value])[] = [
  ['replication', ([{ mode }]) => mode],
  ['rounds', (results) => results.length],
  ['failed', (results) => results.filter(({ failures }) => failures.length > 0).length],
  ['rows acknowledged', (results) => total(results.map(({ acknowledged }) => acknowledged))],
  ['of these lost in a tail', (results) => total(results.flatMap(({ tails }) => tails.map(({ rows }) => rows)))],
  ['answers lost', (results) => total(results.map(({ unknown }) => unknown))],
  ['tails lost', (results) => results.flatMap(({ tails }) => tails).length],
  ['of these kept as WAL, as a copy, gone with the volume', (results) =>
    ['WAL', 'copy', 'emptied'].map((kind) => results.flatMap(({ tails }) => tails).filter(({ where }) => where === kind).length).join(', ')],
  ['rows of tails read from a copy, found in WAL by their number, by their commit alone, nowhere', whereRowsAre],
  ['overlaps (rows, longest)', overlapped],
  ['two timelines of one number', (results) => results.flatMap(({ namesakes }) => namesakes).length],
  ['failovers forced by plan, by a person', (results) =>
    (['plan', 'person'] as const).map((who) => results.filter(({ forcedBy }) => forcedBy.includes(who)).length).join(', ')],
  ['rounds in which a person went back', (results) => String(results.filter(({ wentBack }) => wentBack).length)],
  ['seconds to come together, median (90 %, longest)', (results) =>
    spread(results.flatMap(({ healing }) => (healing === undefined ? [] : [healing])))],
  ['seconds a round, median (90 %, longest)', (results) => spread(results.map(({ seconds }) => seconds))],
];

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Without those that went with a volume that was emptied. */
function whereRowsAre(results: readonly RoundResult[]): string {
  const tails = results.flatMap((result) => result.tails).filter(({ where }) => where !== 'emptied');
  const others = (kept: boolean) => total(tails.filter(({ where }) => kept === (where !== 'nowhere')).map(({ rows, inCopies, inWal }) => rows - inCopies - inWal));
  return [total(tails.map(({ inCopies }) => inCopies)), total(tails.map(({ inWal }) => inWal)), others(true), others(false)].join(', ');
}

function overlapped(results: readonly RoundResult[]): string {
  const overlaps = results.flatMap((result) => result.overlaps);
  return `${overlaps.length} (${total(overlaps.map(({ rows }) => rows))}, ${Math.max(0, ...overlaps.map(({ milliseconds }) => milliseconds))} ms)`;
}

function spread(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  if (sorted.length === 0) return 'none';
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))].toFixed(1);
  return `${at(0.5)} (${at(0.9)}, ${at(1)})`;
}

interface Counted {
  readonly fault: string;
  readonly times: number;
  readonly vain: number;
}

function countFaults(results: readonly RoundResult[]): Counted[] {
  const counts = new Map<string, Counted>();
  for (const { plan, inVain } of results) {
    for (const { fault } of plan.steps) count(counts, fault, { times: 1, vain: 0 });
    for (const fault of inVain) count(counts, fault, { times: 0, vain: 1 });
  }
  return [...counts.values()].sort((a, b) => b.times - a.times);
}

function count(counts: Map<string, Counted>, fault: string, more: { readonly times: number; readonly vain: number }): void {
  const { times = 0, vain = 0 } = counts.get(fault) ?? {};
  counts.set(fault, { fault, times: times + more.times, vain: vain + more.vain });
}
