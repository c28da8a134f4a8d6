import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

jest.setTimeout(300_000);

type Facts = Readonly<Record<string, string>>;

interface Row {
  readonly facts: Readonly<Record<string, readonly string[]>>;
  readonly answer: string;
}

const root = join(__dirname, '../..');

const domains: Readonly<Record<string, readonly string[]>> = {
  primaries: ['0', '1', '2'],
  volume: ['empty', 'standby', 'primary', 'interrupted', 'broken'],
  declared: ['me', 'other'],
  foreign: ['no', 'yes'],
  timeline: ['older', 'same', 'newer'],
  forked: ['no', 'yes'],
  wal: ['kept', 'gone'],
  divergence: ['rewind', 'clone', 'halt'],
  refusing: ['no', 'yes'],
  standbys: ['no', 'yes'],
  starting: ['no', 'yes'],
  initialise: ['yes', 'no'],
  higher: ['no', 'yes'],
  waited: ['no', 'yes'],
  origin: ['initdb', 'clone'],
};
const names = Object.keys(domains);

/** The table of docs/architecture.md, whose first row that holds decides. */
function table(): Row[] {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const [, body] = /\n\| primaries \| volume \|.*\n\| ---.*\n((?:\|.*\n)+)/.exec(page)!;
  return body.trimEnd().split('\n').map((line) => {
    const [primaries, volume, declared, further, action, reason] = line.split('|').slice(1, -1).map((cell) => cell.trim());
    const columns = { primaries, volume, declared };
    const asked = Object.entries(columns).filter(([, value]) => value !== 'any').map(([name, value]) => [name, value.split(', ')]);
    const others = further === '' ? [] : further.split(', ').map((pair) => [pair.split('=')[0], [pair.split('=')[1]]]);
    return { facts: Object.fromEntries([...asked, ...others]), answer: `${action} ${reason}` };
  });
}

function holds(row: Row, facts: Facts): boolean {
  return Object.entries(row.facts).every(([name, values]) => values.includes(facts[name]));
}

/** Every combination. */
function* combinations(of: readonly string[] = names): Generator<Facts> {
  if (of.length === 0) return yield {};
  for (const rest of combinations(of.slice(1))) {
    for (const value of domains[of[0]]) yield { ...rest, [of[0]]: value };
  }
}

/** Facts about a visible primary and facts about none are each combined in full; the others are then all at one end, or all at the other. */
function sensible(facts: Facts): boolean {
  const { primaries, volume, foreign, timeline, forked, wal, divergence, refusing, standbys, starting, initialise, higher, waited } = facts;
  const besidePrimary = ['same no kept rewind', 'older yes gone halt'].includes(`${timeline} ${forked} ${wal} ${divergence}`);
  const without = ['no no no no no', 'yes yes yes yes yes'].includes(`${refusing} ${standbys} ${starting} ${higher} ${waited}`);
  // nobody asks where there is something on the volume
  if (initialise === 'no' && volume !== 'empty') return false;
  return primaries === '1' && foreign === 'no' ? without : besidePrimary && (primaries === '0' || without);
}

/** What the shipped function says about each. */
function decideAll(all: readonly Facts[]): string[] {
  const program = `
    set -euo pipefail
    . "$1"
    PGDATA=/data
    declare -A FACT=()
    while read -r ${names.map((name) => `FACT[${name}]`).join(' ')}; do
      ACTION= REASON= SENTENCE=
      decide
      [[ $SENTENCE ]] || exit 3
      printf '%s %s\\n' "$ACTION" "$REASON"
    done`;
  const input = all.map((facts) => `${names.map((name) => facts[name]).join(' ')}\n`).join('');
  const { status, stdout, stderr } = spawnSync('bash', ['-c', program, 'bash', join(root, 'src/runtime/role.sh')],
    { input, encoding: 'utf8', maxBuffer: 256 * 1024 ** 2 });
  if (status !== 0) throw new Error(`decide ended with ${status}: ${stderr}`);
  return stdout.trimEnd().split('\n');
}

const rows = table();

test('the table names known facts and values only', () => {
  const named = rows.flatMap(({ facts }) => Object.entries(facts).flatMap(([name, values]) => values.map((value) => [name, value])));
  expect(named.filter(([name, value]) => !domains[name]?.includes(value))).toEqual([]);
});

test('the scripts give each fact the values that the table knows, and decide by no other', () => {
  const asked = (file: string): string[] => [...readFileSync(join(root, 'src/runtime', file), 'utf8').matchAll(/FACT\[(\w+)\]/g)].map(([, name]) => name);
  expect([...new Set(asked('role.sh'))].sort()).toEqual([...names].sort());
  expect(asked('facts.sh').filter((name) => !names.includes(name))).toEqual([]);
});

test('every row of the table of docs/architecture.md is what the shipped function decides, for every combination of facts that belong together', () => {
  const all = [...combinations()].filter(sensible);
  const answers = decideAll(all);
  expect(answers).toHaveLength(all.length);
  const reached = new Set<Row>();
  const different: string[] = [];
  all.forEach((facts, index) => {
    const row = rows.find((one) => holds(one, facts));
    if (row) reached.add(row);
    if (row?.answer !== answers[index]) different.push(`${JSON.stringify(facts)}: ${answers[index]} instead of ${row?.answer}`);
  });
  expect(different.slice(0, 10)).toEqual([]);
  expect(rows.filter((row) => !reached.has(row))).toEqual([]);
});

test('a pod starts read-write only where it is declared, no peer is a primary and none is on a newer timeline', () => {
  const starts = [...combinations()].filter(sensible);
  const answers = decideAll(starts);
  const writing = starts.filter((_, index) => /^(start-primary|initialise) /.test(answers[index]));
  expect(writing.length).toBeGreaterThan(0);
  expect(writing.filter(({ declared, primaries, higher, volume }) => declared !== 'me' || primaries !== '0' || (higher === 'yes' && volume !== 'empty'))).toEqual([]);
});

test('where the topology says so nothing is initialised, and nothing else is decided otherwise', () => {
  const all = [...combinations()].filter((facts) => facts.primaries === '0' && facts.volume === 'empty' && sensible(facts));
  const saying = (initialise: string): string[] => decideAll(all.filter((facts) => facts.initialise === initialise));
  const [allowed, refused] = [saying('yes'), saying('no')];
  const changes = allowed.map((answer, index) => `${answer} → ${refused[index]}`).filter((_, index) => allowed[index] !== refused[index]);
  expect([...new Set(changes)].sort()).toEqual(['initialise first-start → refuse initialisation-refused', 'wait peers-silent → refuse initialisation-refused']);
  expect(refused.filter((answer) => answer.startsWith('initialise'))).toEqual([]);
});
