import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Step } from './fault';
import { faultNamed } from './faults';
import type { Stage } from './stage';

describe('a forced failover of a pod that is cut from the old primary alone', () => {
  const { run } = faultNamed('a forced failover of a pod that is cut from the old primary alone');
  let claim: string;
  beforeEach(() => { claim = mkdtempSync(join(tmpdir(), 'claim-')); });
  afterEach(() => rmSync(claim, { recursive: true }));

  const REFUSED = 'echo "refused: orders-db-2 has more than this pod"; exit 1';
  const DONE = 'echo "this server is the primary now"';
  // the third pod heeds its fence; only then clients begin to write, upon which this ends well
  const FENCED = `mkdir -p $0/17/docker/pg_replslot/heeded_t1_by_1; for turn in {1..100}; do [[ ! -e $0/written ]] || exec bash -c '${DONE}'; sleep 0.05; done; exit 1`;

  /** Does it where the primary is pod 0, the candidate pod 1, and these are what fail-over.sh does each time; says what was done, in order. */
  async function done(scripts: readonly string[], step: Partial<Step>): Promise<string[]> {
    const calls: string[] = [];
    const told = (what: string) => (...ordinals: readonly number[]) => void calls.push([what, ...ordinals].join(' '));
    const left = [...scripts];
    const stage = {
      ordinal: (rank: number) => rank,
      ordinals: [0, 1, 2],
      exists: () => true,
      clock: () => Date.now(),
      note: () => undefined,
      forcedBy: new Set(),
      forcedPods: new Set(),
      emptied: new Map(),
      set quiet(quiet: boolean) {
        calls.push(quiet ? 'quiet' : 'clients');
        if (!quiet) spawn('touch', [join(claim, 'written')]);
      },
      pods: {
        claim: () => claim,
        sql: async () => (calls.push('looked'), '0'),
        pod: () => ({ spawn: () => spawn('bash', ['-c', left.shift() ?? REFUSED, claim]) }),
      },
      ...Object.fromEntries(['withhold', 'deliver', 'cut', 'heal', 'declare', 'missed'].map((what) => [what, told(what)])),
    } as unknown as Stage;
    await run(stage, { primary: 0, any: 1, others: [1, 2], numbers: [0, 0.99, 0], ...step } as Step);
    return calls;
  }

  const begin = ['quiet', 'looked', 'cut 0 1', 'declare 1'];

  test('begins with pods that are alike, and the old primary hears of it behind it', async () => {
    expect(await done([DONE], {})).toEqual(['withhold 0', ...begin, 'quiet', 'clients', 'deliver 0']);
  });

  test('has clients on the old primary as soon as the third pod is fenced, where there are any', async () => {
    expect(await done([FENCED], { any: 0 })).toEqual(['withhold 0', ...begin, 'clients', 'clients', 'deliver 0']);
  });

  test('is tried again with pods that are alike where the third one has more, and in vain at last', async () => {
    expect(await done([REFUSED, DONE], {})).toEqual(['withhold 0', ...begin, 'quiet', 'heal 0 1', ...begin, 'quiet', 'clients', 'deliver 0']);
    const vain = await done([], { numbers: [0, 0, 0] });
    expect(vain.filter((call) => call === 'declare 1')).toHaveLength(3);
    expect(vain.slice(-3)).toEqual(['quiet', 'missed', 'clients']);
    expect(vain.slice(0, 2)).toEqual(['withhold 0', 'withhold 2']);
  });
});
