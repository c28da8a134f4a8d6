import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Block, liveOn, RoundResult, runCampaign } from './campaign';
import type { Step } from './fault';
import { Attendant } from './human';
import { foldersKept } from './kept';
import { within } from './limit';
import { parseOptions } from './options';
import { Stage } from './stage';
import type { Cluster } from '../support/cluster';

const { campaign } = parseOptions(['--rounds', '6', '--life', '3', '--seed', '1', '--keep-going'], () => undefined);
const ignore = async () => undefined;

describe('a campaign that nobody watches', () => {
  test('counts a cluster that could not begin as a failed round, and goes on with the next', async () => {
    const told: RoundResult[] = [];
    const well = await runCampaign(campaign, async (result) => void told.push(result), async (block: Block) =>
      liveOn(block, async () => { throw new Error('no room'); }));
    expect(well).toBe(false);
    expect(told.map(({ round, failures, mode }) => [round, failures, mode])).toEqual([0, 1, 2, 3, 4, 5].map((round) =>
      [round, ['no room'], round < 3 ? 'synchronous' : 'asynchronous']));
  });

  test('ends with the first failure unless told to go on', async () => {
    const rounds: number[] = [];
    const live = async ({ round }: Block) => ({ next: rounds.push(round), well: round !== 1 });
    expect(await runCampaign({ ...campaign, keepGoing: false }, ignore, live)).toBe(false);
    expect(rounds).toEqual([0, 1]);
  });

  test('waits for nothing for ever', async () => {
    await expect(within(20, 'the round', async () => new Promise(() => undefined))).rejects.toThrow('the round has not ended within 0.02 s');
    expect(await within(20, 'the round', async () => 1)).toBe(1);
  });
});

test('a copy that is taken away from a volume can be looked into until the next round begins', async () => {
  const claim = mkdtempSync(join(tmpdir(), 'claim-'));
  for (const copy of ['docker.diverged-1', 'docker.diverged-2']) mkdirSync(join(claim, '17', copy, 'base'), { recursive: true });
  const pods = { ordinals: [], primary: 0, claim: () => claim, end: ignore } as unknown as Cluster;
  const stage = new Stage(pods, () => Date.now(), () => undefined);
  stage.said = (ordinal) => ({ state: 'waiting', role: 'standby 0', reason: ordinal === 1 ? 'set-aside: one is kept already' : '' });
  try {
    await new Attendant(stage).look();
    const taken = stage.takenAway.get(1) ?? [];
    expect([foldersKept(claim).copies, [...stage.takenAway.keys()], taken.map((copy) => readdirSync(copy))]).toEqual([[], [1], [['base'], ['base']]]);
    stage.beginRound();
    expect([stage.takenAway.size, taken.filter((copy) => existsSync(copy))]).toEqual([0, []]);
  } finally {
    await stage.end();
  }
});

test('what cannot be done counts for the fault that wanted it, and for no other that goes on meanwhile', async () => {
  const pod = () => { throw new Error('there is no pod'); };
  const pods = { ordinals: [], primary: 0, claim: () => '/nowhere', end: ignore, pod } as unknown as Cluster;
  const stage = new Stage(pods, () => Date.now(), () => undefined);
  const steps = ['seen', 'signalled', 'lost', 'frozen', 'done'].map((fault) => ({ fault }) as Step);
  const [seen, signalled, lost, frozen, done] = steps;
  await Promise.all([
    stage.during(seen, async () => stage.seen(0, 'pg_rewind', 30)),
    stage.during(signalled, async () => stage.signalServer(0, 'SIGKILL')),
    stage.during(lost, async () => stage.loseNode(0)),
    stage.during(frozen, async () => stage.freeze(0)),
    stage.during(done, async () => { stage.heal(0); stage.thaw(0); stage.note('done'); }),
  ]);
  await stage.end();
  expect(steps.filter((step) => stage.inVain.has(step)).map(({ fault }) => fault)).toEqual(['seen', 'signalled', 'lost', 'frozen']);
});
