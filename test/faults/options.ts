import { parseArgs } from 'node:util';
import { CampaignOptions, RoundResult } from './campaign';
import type { Mode } from './checks';
import { faults } from './faults';
import { server } from '../support/servers';

const MODES: Readonly<Record<string, readonly Mode[]>> = {
  synchronous: ['synchronous'], asynchronous: ['asynchronous'], both: ['synchronous', 'asynchronous'],
};
const LONGEST_LIFE = 50;

export interface Options {
  readonly campaign: CampaignOptions;
  readonly report?: string;
  readonly save: boolean;
}

/** What a command line asks for; fails where that is nothing. */
export function parseOptions(args: readonly string[], write: (text: string) => void): Options {
  const { values } = parseArgs({
    args: [...args],
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
  const rounds = wholeNumber('rounds', values.rounds, 1);
  const campaign = {
    seed: wholeNumber('seed', values.seed),
    first: wholeNumber('first', values.first),
    rounds,
    modes,
    server: server(wholeNumber('server', values.server)),
    life: values.life ? wholeNumber('life', values.life, 1) : Math.min(LONGEST_LIFE, Math.ceil(rounds / modes.length)),
    faults: chosen(values.only),
    only: values.only,
    keepGoing: values['keep-going'],
    hear: (note: string) => void (values.verbose && write(`${note}\n`)),
  };
  return { campaign, report: values.report, save: values.save };
}

function chosen(only: string): CampaignOptions['faults'] {
  const pattern = new RegExp(only);
  const found = faults.filter(({ name }) => pattern.test(name));
  if (found.length === 0) throw new Error(`--only is ${only}, which is none of: ${faults.map(({ name }) => name).join('; ')}`);
  return found;
}

function wholeNumber(option: string, text: string, least = 0): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least) throw new Error(`--${option} is ${text}: a whole number of ${least} or more is needed`);
  return number;
}

/** The same faults on a new cluster, from the first round of its life to the one that failed. */
export function again({ seed, only, server: { major } }: CampaignOptions, { round, began, mode }: RoundResult): string {
  const rounds = round - began + 1;
  const choice = only ? ` --only '${only.replace(/'/g, "'\\''")}'` : '';
  return `npm run test:faults -- --seed ${seed} --mode ${mode} --server ${major} --first ${began} --rounds ${rounds} --life ${rounds}${choice}`;
}
