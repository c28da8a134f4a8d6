import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RoundResult } from './campaign';
import type { Mode } from './checks';
import type { Life } from './life';
import { describePlan } from './plan';

export interface ReportHead {
  readonly seed: number;
  readonly server: string;
}

/** One line for each round, while it goes on. */
export function renderRound(result: RoundResult): string {
  const { round, mode, plan, seconds, healing, acknowledged, tails, overlaps, failures } = result;
  return [
    `round ${round} ${mode}: ${seconds.toFixed(1)} s (${healing.toFixed(1)} s to come together), ${acknowledged} rows`,
    ...tails.map(({ rows, node, where }) => `a tail of ${rows} rows of pod ${node} lost (${where})`),
    ...overlaps.map(({ rows, node, milliseconds }) => `pod ${node} wrote ${rows} rows beside the new primary for ${milliseconds} ms`),
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

/** Puts everything about a round into a folder. */
export async function saveRound(folder: string, result: RoundResult, { stage, history }: Life, again: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'round.txt'), renderFailure(result, again));
  const rows = { acknowledged: history.acknowledged, unknown: [...history.unknown] };
  writeFileSync(join(folder, 'rows.json'), `${JSON.stringify(rows, null, 1)}\n`);
  for (const ordinal of stage.ordinals) {
    writeFileSync(join(folder, `pod-${ordinal}.log`), stage.log(ordinal));
    const now = await stage.pods.pod(ordinal).exec(['bash', '-c', STATE]).catch((error: unknown) => ({ stdout: String(error), stderr: '' }));
    writeFileSync(join(folder, `pod-${ordinal}.state`), now.stdout + now.stderr);
  }
}

/** A page about all rounds of a campaign. */
export function renderReport({ seed, server }: ReportHead, results: readonly RoundResult[]): string {
  const modes = [...new Set(results.map(({ mode }) => mode))];
  return [
    '# Kill campaign', '',
    `${results.length} rounds with the seed ${seed} on ${server}.`, '',
    '| replication | rounds | failed | rows acknowledged | answers lost | failovers forced | tails lost (rows) | overlaps (rows, longest) | seconds a round, median (90 %, longest) |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...modes.map((mode) => row(mode, results.filter((result) => result.mode === mode))), '',
    '| fault | times |', '| --- | --- |',
    ...counted(results.flatMap(({ plan }) => plan.steps.map(({ fault }) => fault))).map(([fault, times]) => `| ${fault} | ${times} |`), '',
    ...results.filter(({ failures }) => failures.length > 0).map(({ round, mode, failures }) => `- round ${round}, ${mode}: ${failures.join('; ')}`),
  ].join('\n').trimEnd().concat('\n');
}

function row(mode: Mode, results: readonly RoundResult[]): string {
  const total = (of: (result: RoundResult) => number) => results.reduce((sum, result) => sum + of(result), 0);
  const tails = results.flatMap((result) => result.tails);
  const overlaps = results.flatMap((result) => result.overlaps);
  const sum = (rows: readonly { readonly rows: number }[]) => rows.reduce((all, one) => all + one.rows, 0);
  const seconds = results.map((result) => result.seconds).sort((a, b) => a - b);
  const at = (part: number) => seconds[Math.min(seconds.length - 1, Math.floor(part * seconds.length))].toFixed(1);
  return `| ${[
    mode, results.length, results.filter(({ failures }) => failures.length > 0).length, total(({ acknowledged }) => acknowledged),
    total(({ unknown }) => unknown), results.filter(({ forced }) => forced).length, `${tails.length} (${sum(tails)})`,
    `${overlaps.length} (${sum(overlaps)}, ${Math.max(0, ...overlaps.map(({ milliseconds }) => milliseconds))} ms)`,
    `${at(0.5)} (${at(0.9)}, ${at(1)})`,
  ].join(' | ')} |`;
}

function counted(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
