import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { History, rowId } from './history';
import { Attendant } from './human';
import type { Said } from './said';
import type { Stage } from './stage';
import { takesRows } from './together';

const row = (node: number, begin: number) => ({ id: rowId(node, begin), node, timeline: 2, begin, end: begin + 5 });
const clockFrom = (first: number) => {
  let now = first;
  return () => (now += 10);
};

describe('a primary that all stream from', () => {
  const stage = () => ({ pods: { primary: 1 }, clock: clockFrom(1000) }) as unknown as Stage;

  test('and that acknowledges nothing is a failure, whatever was acknowledged before or elsewhere', async () => {
    const history = new History();
    for (const one of [row(1, 900), row(0, 1500)]) history.acknowledge(one);
    await expect(takesRows(stage(), history, 200)).rejects.toThrow('pod 1 is the primary, and for 0.2 s it has acknowledged nothing');
  });

  test('and that acknowledges a row that came later is fine', async () => {
    const history = new History();
    history.acknowledge(row(1, 1100));
    await takesRows(stage(), history, 200);
  });
});

/** Of three pods, the first of which was the primary last. */
function claimsOfOneSteppedDown(): string[] {
  const claims = [0, 1, 2].map((ordinal) => mkdtempSync(join(tmpdir(), `claim-${ordinal}-`)));
  writeFileSync(join(claims[0], '.stepped-down'), '1\n');
  return claims;
}

describe('where no pod is the primary', () => {
  async function decided(changes: Partial<Stage>, said: Partial<Said> = {}): Promise<(readonly number[])[]> {
    const calls: (readonly number[])[] = [];
    const stage = {
      ordinals: [0, 1, 2],
      pods: { primary: 1 },
      clock: clockFrom(0),
      note: () => undefined,
      primaryEmptied: false,
      undecided: false,
      said: () => ({ state: 'running', reason: '', role: 'standby 1', ...said }),
      ...changes,
    } as unknown as Stage;
    const attendant = new Attendant(stage, async (_, candidates, by) => Boolean(calls.push(candidates)) && by === 'person');
    for (let turn = 0; turn < 2000; turn += 1) await attendant.look();
    return calls;
  }

  test('nobody helps the pods out of it: that is what a hang looks like', async () => {
    expect(await decided({ emptied: new Map([[2, 0]]) })).toEqual([]);
  });

  test.each([['lost-primary: this volume is empty', [0]], ['no-primary: nobody', []]])('where the declared pod is %s, a person goes back: %j', async (reason, declared) => {
    const claims = claimsOfOneSteppedDown();
    const calls: number[] = [];
    const pods = { primary: 1, claim: (ordinal: number) => claims[ordinal] };
    expect(await decided({ pods, declare: (ordinal: number) => calls.push(ordinal) } as unknown as Partial<Stage>, { state: 'waiting', reason })).toEqual([]);
    expect([...new Set(calls)]).toEqual(declared);
    for (const claim of claims) rmSync(claim, { recursive: true });
  });

  test.each([
    ['has followed it beyond the fork, a person goes back', 't', [0]],
    ['has not, nobody goes back', 'f', []],
    ['does not answer, nobody goes back yet', undefined, []],
  ])('where the declared pod is superseded, and the third pod %s', async (_, beyond, declared) => {
    const claims = claimsOfOneSteppedDown();
    const calls: number[] = [];
    const asked: string[] = [];
    const pods = {
      primary: 1,
      claim: (ordinal: number) => claims[ordinal],
      sql: async (ordinal: number, text: string) => {
        if (ordinal === 0) return '00000003.history|0/5000060';
        asked.push(`${ordinal}: ${text.replace(/\s+/g, ' ')}`);
        if (beyond === undefined) throw new Error('the server does not answer');
        return beyond;
      },
    };
    const said = (ordinal: number) => (ordinal === 1
      ? { state: 'waiting', role: 'primary', reason: 'superseded: a peer is on a newer timeline' }
      : { state: 'running', role: 'standby 1', reason: '' });
    expect(await decided({ pods, said, declare: (ordinal: number) => calls.push(ordinal) } as unknown as Partial<Stage>)).toEqual([]);
    expect([...new Set(calls)]).toEqual(declared);
    expect([...new Set(asked)]).toEqual(["2: SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) > '0/5000060' "
      + "AND NOT EXISTS (SELECT FROM pg_ls_waldir() WHERE name = '00000003.history')"]);
    for (const claim of claims) rmSync(claim, { recursive: true });
  });

  test('somebody decides where the last primary lost its volume, or where a failover of the plan came to nothing', async () => {
    for (const why of [{ primaryEmptied: true }, { undecided: true }]) {
      expect((await decided(why))[0]).toEqual([1, 0, 2]);
      expect(await decided(why, { role: 'primary' })).toEqual([]);
    }
  });
});
