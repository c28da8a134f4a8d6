/**
 * Kills, cuts and moves pods with a database in rounds, and checks after each that no acknowledged row is lost and that nobody wrote beside the
 * primary. Everything that is done follows from the seed; what the machine makes of it may differ a little from run to run.
 *
 * usage: npm run test:faults -- [--rounds N] [--seed S] [--mode synchronous|asynchronous|both] [--server N]
 *          [--first N] [--life N] [--only PATTERN] [--keep-going] [--report FILE] [--verbose] [--save]
 *
 * --verbose tells all that is done, at once; --save keeps the logs of all of them and not only of one that failed.
 * Exit status: 0 all checks held; 1 one did not: the seed, the round and what was done are told, and kept with the pods' logs in
 * test-reports/faults.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CampaignOptions, RoundResult, runCampaign } from './campaign';
import type { Mode } from './checks';
import type { Life } from './life';
import { renderFailure, renderReport, renderRound, saveRound } from './report';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

const MODES: Readonly<Record<string, readonly Mode[]>> = {
  synchronous: ['synchronous'], asynchronous: ['asynchronous'], both: ['synchronous', 'asynchronous'],
};
const LONGEST_LIFE = 50;
const REPORTS = join(__dirname, '../../test-reports/faults');

function options(): { readonly campaign: CampaignOptions; readonly report?: string; readonly save: boolean } {
  const { values } = parseArgs({
    options: {
      'rounds': { type: 'string', default: '20' },
      'seed': { type: 'string', default: String(Date.now() % 1_000_000_000) },
      'mode': { type: 'string', default: 'both' },
      'server': { type: 'string', default: '17' },
      'first': { type: 'string', default: '0' },
      'life': { type: 'string' },
      'only': { type: 'string', default: '' },
      'keep-going': { type: 'boolean', default: false },
      'report': { type: 'string' },
      'verbose': { type: 'boolean', default: false },
      'save': { type: 'boolean', default: false },
    },
  });
  const modes = MODES[values.mode];
  if (!modes) throw new Error(`--mode is ${values.mode}: ${Object.keys(MODES).join(', ')} are known`);
  const rounds = wholeNumber('rounds', values.rounds);
  const campaign = {
    seed: wholeNumber('seed', values.seed),
    first: wholeNumber('first', values.first),
    rounds,
    modes,
    server: server(wholeNumber('server', values.server)),
    life: values.life ? wholeNumber('life', values.life) : Math.min(LONGEST_LIFE, Math.ceil(rounds / modes.length)),
    only: new RegExp(values.only),
    keepGoing: values['keep-going'],
    hear: (note: string) => void (values.verbose && process.stdout.write(`${note}\n`)),
  };
  return { campaign, report: values.report, save: values.save };
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${option} is ${text}: a whole number of 0 or more is needed`);
  return number;
}

/** The same faults on a new cluster, from the first round of its life to the one that failed. */
function again({ seed, server: { major } }: CampaignOptions, { round, began, mode }: RoundResult): string {
  return `npm run test:faults -- --seed ${seed} --mode ${mode} --server ${major} --first ${began} --rounds ${round - began + 1}`;
}

async function main(): Promise<void> {
  const { campaign, report, save } = options();
  const head = { seed: campaign.seed, server: String(campaign.server) };
  process.stdout.write(`seed ${head.seed}, ${campaign.rounds} rounds, ${head.server}\n`);
  const results: RoundResult[] = [];
  const well = await runCampaign(campaign, async (result: RoundResult, life: Life) => {
    results.push(result);
    process.stdout.write(`${renderRound(result)}\n`);
    // a campaign takes hours: what is known is there at any time
    if (report) writeFileSync(report, renderReport(head, results));
    const command = again(campaign, result);
    const folder = join(REPORTS, `seed-${head.seed}-${result.mode}-round-${result.round}`);
    const failed = result.failures.length > 0;
    if (failed || save) await saveRound(folder, result, life, command);
    if (!failed) return;
    process.stdout.write(`${renderFailure(result, command)}the logs are in ${folder}\n`);
  });
  process.stdout.write(`\n${renderReport(head, results)}`);
  if (!well) process.exitCode = 1;
}

main().catch((reason: unknown) => {
  process.stderr.write(`${reason instanceof Error ? reason.stack : String(reason)}\n`);
  process.exitCode = 1;
}).finally(async () => Pod.endAll());
