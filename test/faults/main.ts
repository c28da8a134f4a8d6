/**
 * Kills, cuts and moves pods with a database in rounds, and checks after each that no acknowledged row is lost and that nobody wrote beside the
 * primary. Everything that is done follows from the seed; what the machine makes of it may differ a little from run to run.
 *
 * usage: npm run test:faults -- [--rounds N] [--seed S] [--mode synchronous|asynchronous|both] [--server N]
 *          [--first N] [--life N] [--only PATTERN] [--keep-going] [--report FILE] [--verbose] [--save]
 *
 * --keep-going begins a new cluster after a round that failed; --report writes what is known into that file after every round.
 * --verbose tells all that is done, at once; --save keeps the logs of all of them and not only of one that failed.
 * Exit status: 0 all checks held; 1 one did not, or a fault that was planned often was never done. Of a round that failed
 * the seed, the round and what was done are told, and kept with the pods' logs in
 * test-reports/faults.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RoundResult, runCampaign } from './campaign';
import type { Life } from './life';
import { within } from './limit';
import { again, Options, parseOptions } from './options';
import { renderFailure, renderReport, renderRound, ReportHead, saveRound, vainOnes } from './report';
import { Pod } from '../support/pod';

const REPORTS = join(__dirname, '../../test-reports/faults');
const LONGEST_SAVE = 60_000;

const write = (text: string) => void process.stdout.write(text);

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), write);
  const { campaign, report } = options;
  const head = { ...campaign, server: String(campaign.server), commit: commit() };
  write(`seed ${campaign.seed}, ${campaign.rounds} rounds, ${head.server}\n`);
  const results: RoundResult[] = [];
  if (report) writeReport(report, head, results);
  const well = await runCampaign(campaign, async (result, life) => {
    results.push(result);
    write(`${renderRound(result)}\n`);
    // a campaign takes hours: what is known is there at any time
    if (report) writeReport(report, head, results);
    await keep(options, result, life);
  });
  write(`\n${renderReport(head, results)}`);
  if (!well || vainOnes(results).length > 0) process.exitCode = 1;
}

function commit(): string {
  return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: __dirname, encoding: 'utf8' }).trim();
}

function writeReport(file: string, head: ReportHead, results: readonly RoundResult[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, renderReport(head, results));
  renameSync(`${file}.new`, file);
}

/** The logs of a round that failed. What hinders that must not end a campaign. */
async function keep({ campaign, save }: Options, result: RoundResult, life?: Life): Promise<void> {
  const failed = result.failures.length > 0;
  if (!failed && !save) return;
  const folder = join(REPORTS, `seed-${campaign.seed}-${result.mode}-round-${result.round}`);
  const command = again(campaign, result);
  if (failed) write(`${renderFailure(result, command)}the logs are in ${folder}\n`);
  const saved = within(LONGEST_SAVE, 'the saving', async () => saveRound(folder, result, command, life));
  await saved.catch((error: unknown) => write(`${String(error)}\n`));
}

// what a round that was given up has left under way fails later, and then nobody waits for it
process.on('unhandledRejection', (reason) => write(`behind a round that was given up: ${String(reason)}\n`));

main().catch((reason: unknown) => {
  process.stderr.write(`${reason instanceof Error ? reason.stack : String(reason)}\n`);
  process.exitCode = 1;
}).finally(async () => Pod.endAll());
