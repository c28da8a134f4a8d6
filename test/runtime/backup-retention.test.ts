import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Claim, Database, finish } from './backup-fixture';
import { demandRoot } from '../support/mounted';
import { server } from '../support/servers';

const runtime = join(__dirname, '../../src/runtime');
const day = 86_400_000;

interface Rules { last: number; daily: number; weekly: number; monthly: number; minimum: number }

const stamp = (time: number) => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
const timeOf = (text: string) => Date.parse(text.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));

/** ISO 8601: a week belongs to the year of its Thursday. Written otherwise than the shell has it, on purpose. */
function isoWeek(time: number): string {
  const thursday = new Date(time);
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return `${thursday.getUTCFullYear()}-${Math.floor((thursday.getTime() - first) / (7 * day))}`;
}

/** What should be kept of backups that are sorted newest first; the first of `all` is not always the one just made. */
function expected(every: string[], made: string, rules: Rules): string[] {
  // what a clock that was ahead has made does not count
  const all = every.filter((text) => text <= made);
  const kept = new Set([made]);
  const calendars: [number, (text: string) => string][] = [
    [rules.last, (text) => text], [rules.daily, (text) => text.slice(0, 8)],
    [rules.weekly, (text) => isoWeek(timeOf(text))], [rules.monthly, (text) => text.slice(0, 6)],
  ];
  for (const [count, period] of calendars) {
    const newest = new Map<string, string>();
    for (const text of all) if (!newest.has(period(text))) newest.set(period(text), text);
    for (const text of [...newest.values()].slice(0, count)) kept.add(text);
  }
  for (const text of all) if (kept.size < rules.minimum) kept.add(text);
  return all.filter((text) => kept.has(text));
}

/** The shell's plans for many cases in one go: lines `last daily weekly monthly minimum made old…` in, kept out. */
function plans(lines: string[]): string[][] {
  const script = `
    set -Eeuo pipefail
    source "$1/backup-retention.sh"
    log() { :; }
    while read -r PGSTS_KEEP_LAST PGSTS_KEEP_DAILY PGSTS_KEEP_WEEKLY PGSTS_KEEP_MONTHLY PGSTS_KEEP_MINIMUM backup rest; do
      read -ra good <<<"$rest"
      plan_retention
      (( \${#keep[@]} + \${#discard[@]} == \${#good[@]} ))
      echo "\${keep[*]}"
    done`;
  const output = execFileSync('bash', ['-c', script, 'bash', runtime], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  return output.trimEnd().split('\n').map((line) => line.split(' '));
}

describe('the plan of retention', () => {
  const line = ({ last, daily, weekly, monthly, minimum }: Rules, made: string, old: string[]) =>
    [last, daily, weekly, monthly, minimum, made, ...old].join(' ');

  test('keeps what the calendar says, for any backups and any rules', () => {
    const count = fc.integer({ min: 0, max: 8 });
    const rules = fc.record({ last: count, daily: count, weekly: count, monthly: count, minimum: fc.integer({ min: 1, max: 6 }) });
    const hours = fc.array(fc.integer({ min: 0, max: 24 * 900 }), { maxLength: 60 });
    const cases = fc.sample(fc.tuple(rules, hours, fc.integer({ min: Date.UTC(1999, 0), max: Date.UTC(2101, 0) })), 600).map(([rule, ages, now]) => {
      const old = [...new Set(ages)].sort((a, b) => a - b).filter((age) => age > 0).map((age) => stamp(now - age * 3_600_000));
      return { rule, made: stamp(now), old };
    });
    const planned = plans(cases.map(({ rule, made, old }) => line(rule, made, old)));
    cases.forEach(({ rule, made, old }, i) => expect(planned[i]).toEqual(expected([made, ...old], made, rule)));
  });

  test('knows the ISO weeks around every new year', () => {
    const times = [...Array(40 * 14).keys()].map((i) => Date.UTC(2000 + Math.floor(i / 14), 11, 25 + (i % 14), 12));
    const rule = { last: 0, daily: 0, weekly: 1000, monthly: 0, minimum: 1 };
    const [made, ...old] = times.map(stamp).reverse();
    expect(plans([line(rule, made, old)])[0]).toEqual(expected([made, ...old], made, rule));
  });

  test.each([
    ['7 daily, 4 weekly and 6 monthly of 400 days', { last: 3, daily: 7, weekly: 4, monthly: 6, minimum: 3 }, 400, 14],
    ['3 at least, though no rule keeps any', { last: 0, daily: 0, weekly: 0, monthly: 0, minimum: 3 }, 10, 3],
    ['the newest only', { last: 1, daily: 0, weekly: 0, monthly: 0, minimum: 1 }, 10, 1],
    ['all of fewer than the minimum', { last: 1, daily: 0, weekly: 0, monthly: 0, minimum: 5 }, 3, 4],
  ])('keeps %s', (_, rule, days, kept) => {
    const now = Date.UTC(2026, 10, 21, 3);
    const old = [...Array(days).keys()].map((i) => stamp(now - (i + 1) * day));
    const [plan] = plans([line(rule, stamp(now), old)]);
    expect(plan).toHaveLength(kept);
    expect(plan[0]).toBe(stamp(now));
  });

  test('keeps the backup just made and those before it, although the clock was ahead once', () => {
    const now = Date.UTC(2026, 10, 21);
    const ahead = [3, 2, 1].map((days) => stamp(now + days * day));
    const before = [1, 2, 3].map((days) => stamp(now - days * day));
    expect(plans([line({ last: 3, daily: 0, weekly: 0, monthly: 0, minimum: 1 }, stamp(now), [...ahead, ...before])])[0])
      .toEqual([stamp(now), ...before.slice(0, 2)]);
  });
});

describe('retention on a claim', () => {
  let database: Database;
  const rules = { PGSTS_KEEP_LAST: '2', PGSTS_KEEP_DAILY: '0', PGSTS_KEEP_WEEKLY: '0', PGSTS_KEEP_MONTHLY: '2', PGSTS_KEEP_MINIMUM: '2' };
  beforeAll(async () => {
    database = await Database.start(server(17));
  });

  test('deletes what no rule keeps, says so, and records it', async () => {
    const claim = new Claim();
    await claim.run(database);
    const [first] = claim.backups;
    for (const name of ['20260901T000000Z', '20261001T000000Z', '20261002T000000Z']) claim.copy(claim.newest, name);
    const pod = await claim.start(database, { env: rules, pod: { killAt: 0 } });
    const { status, log } = await finish(pod);
    expect(status).toBe(0);
    // a deletion that is interrupted must not leave a part under a good name
    const deleted = pod.commands().slice(-5, -1).map((line) => line.split('/backup/orders-db/').join(''));
    expect(deleted).toEqual(['20261001T000000Z', '20260901T000000Z'].flatMap((name) => [`mv -T ${name} .deleting-${name}`, `rm -rf .deleting-${name}`]));
    const last = claim.backups.slice(-1)[0];
    expect(claim.names).toEqual(['20261002T000000Z', first, last]);
    expect(log).toContain(`retention keeps 3: ${last} ${first} 20261002T000000Z`);
    expect(log).toContain('retention deletes 2: 20261001T000000Z 20260901T000000Z');
    expect(claim.record().retention).toEqual({
      last: 2,
      daily: 0,
      weekly: 0,
      monthly: 2,
      minimum: 2,
      keep: [last, first, '20261002T000000Z'],
      delete: ['20261001T000000Z', '20260901T000000Z'],
    });
  });

  test('counts a backup whose name is seconds ahead of the clock as older than the one just made', async () => {
    const claim = new Claim();
    await claim.run(database);
    const ahead = stamp(Date.now() + 20_000);
    claim.copy(claim.newest, ahead);
    const { status } = await claim.run(database, { env: { ...rules, PGSTS_KEEP_LAST: '1', PGSTS_KEEP_MONTHLY: '0', PGSTS_KEEP_MINIMUM: '1' } });
    expect(status).toBe(0);
    expect(claim.names).toHaveLength(1);
    expect(claim.names[0] > ahead).toBe(true);
    expect(claim.record().durationSeconds).toBeGreaterThanOrEqual(0);
  });

  test('does not count and does not delete what is no complete backup', async () => {
    const claim = new Claim();
    await claim.run(database);
    const good = claim.newest;
    const name = (i: number) => `2026010${i}T000000Z`;
    const path = (i: number) => join(claim.directory, name(i));
    for (const i of [1, 2, 3, 4, 5, 6]) claim.copy(good, name(i));
    rmSync(join(path(1), 'SHA256SUMS'));
    rmSync(join(path(2), 'backup.json'));
    appendFileSync(join(path(3), 'backup.json'), ' ');
    rmSync(join(path(4), 'globals.sql'));
    writeFileSync(join(path(5), 'SHA256SUMS'), '');
    const later = readFileSync(join(path(6), 'backup.json'), 'utf8').replace('"format": 1', '"format": 2');
    writeFileSync(join(path(6), 'backup.json'), later);
    symlinkSync(good, path(7));
    writeFileSync(path(8), 'a file');
    const { status, log } = await claim.run(database, { env: { ...rules, PGSTS_KEEP_LAST: '1', PGSTS_KEEP_MONTHLY: '0', PGSTS_KEEP_MINIMUM: '2' } });
    expect(status).toBe(0);
    for (const i of [1, 2, 3, 4, 5, 6, 7, 8]) {
      expect([i, existsSync(path(i))]).toEqual([i, true]);
      expect(log).toContain(`${name(i)} is no complete backup: it does not count and is not deleted`);
    }
    expect(log).toContain('retention keeps 2: ');
    expect(log).toContain('retention deletes 0: none');
  });

  test('is not applied when the backup failed', async () => {
    const claim = new Claim();
    await claim.run(database);
    for (const name of ['20260901T000000Z', '20260902T000000Z', '20260903T000000Z']) claim.copy(claim.newest, name);
    const before = claim.names;
    await database.sql('ALTER ROLE backup NOBYPASSRLS');
    expect((await claim.run(database, { env: rules })).status).toBe(1);
    await database.sql('ALTER ROLE backup BYPASSRLS');
    expect(claim.names).toEqual(before);
  });

  test('that fails is told, though the backup is good', async () => {
    demandRoot('files of another user');
    const claim = new Claim();
    await claim.run(database);
    claim.copy(claim.newest, '20260101T000000Z');
    // a directory that this user may not empty
    execFileSync('chown', ['-R', '0:0', join(claim.directory, '20260101T000000Z')]);
    execFileSync('chmod', ['-R', 'go=rX', join(claim.directory, '20260101T000000Z')]);
    const { status, last } = await claim.run(database, { env: { ...rules, PGSTS_KEEP_MONTHLY: '0' } });
    expect(status).toBe(1);
    expect(last).toMatch(/backup \S+ is complete, but the old backup 20260101T000000Z could not be deleted; delete \S+ by hand$/);
  });
});
