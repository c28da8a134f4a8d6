import { execFileSync } from 'node:child_process';
import type { RoundResult } from './campaign';
import { again, parseOptions } from './options';

const parse = (...args: string[]) => parseOptions(args, () => undefined);

test('a campaign that would do nothing is refused', () => {
  expect(() => parse('--only', 'swichover')).toThrow(/^--only is swichover, which is none of: a server is killed; /);
  for (const option of ['rounds', 'life']) expect(() => parse(`--${option}`, '0')).toThrow(`--${option} is 0: a whole number of 1 or more is needed`);
  expect(() => parse('--mode', 'none')).toThrow('--mode is none: ');
  expect(parse('--only', '^a rewind').campaign.faults.map(({ name }) => name)).toEqual(['a rewind is cut off']);
});

test('the command that shows a failure again leads to the same plan on a new cluster', () => {
  const { campaign } = parse('--seed', '7', '--rounds', '300', '--life', '100', '--only', "^a rewind|pod's", '--keep-going');
  const command = again(campaign, { round: 170, began: 100, mode: 'asynchronous' } as RoundResult);
  expect(command).toBe('npm run test:faults -- --seed 7'
    + " --mode asynchronous --server 17 --first 100 --rounds 71 --life 71 --only '^a rewind|pod'\\''s'");
  // as a shell takes it apart
  const script = `printf '%s\\n' ${command.slice('npm run test:faults -- '.length)}`;
  const words = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
  const repeated = parse(...words).campaign;
  expect(repeated).toMatchObject({ first: 100, rounds: 71, life: 71, only: campaign.only, faults: campaign.faults, modes: ['asynchronous'] });
});
