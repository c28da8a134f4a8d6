import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const SCRIPTS = join(ROOT, 'src/runtime');
const scripts = readdirSync(SCRIPTS).filter((file) => file.endsWith('.sh')).map((file) => readFileSync(join(SCRIPTS, file), 'utf8')).join('\n');
const architecture = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** What a script puts in for a number, a pod, or a word in brackets. */
const VALUE = String.raw`(?:\d+|\$\(\([^)]*\)\)|\$\{[^}]*\}|\$#|\$\w+(?:-\$\w+)?)`;

/** Whether a script has the sentence on one line, or each of its parts where something is left out. */
function isSaid(sentence: string): boolean {
  return sentence.split('…').map((part) => part.trim()).filter((part) => part !== '').every((part) => {
    const pattern = part.split(/\borders-db-\d+\b|\b\d+\b|(?<=\()\w+(?=\))/).map((words) => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join(VALUE);
    return new RegExp(pattern).test(scripts);
  });
}

/** What a page says that pods say: the first cells of its tables, and what follows upon commands of that section. */
function quotedBy(page: string, section: string): string[] {
  const text = readFileSync(join(ROOT, 'docs/runbooks', page), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| `/.test(line)).flatMap((line) => [...line.split(' | ')[0].matchAll(/`([^`]+)`/g)].map(([, sentence]) => sentence));
  const [, console] = section === '' ? [] : new RegExp(`^## ${section}$[^]*?^\`\`\`console$([^]*?)^\`\`\`$`, 'm').exec(text)!;
  return [...rows, ...(console ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('$ '))];
}

describe.each([['switch-over.md', ''], ['fail-over.md', 'When commits wait']])('%s', (page, section) => {
  const quoted = quotedBy(page, section);

  test('quotes what pods say', () => {
    expect(quoted.length).toBeGreaterThan(6);
    if (section !== '') expect(quoted.join('\n')).toContain('commits-wait: ');
  });

  test.each(quoted)('says of the pods what the scripts say: %s', (sentence) => {
    expect(isSaid(sentence) ? '' : sentence).toBe('');
  });
});

/** What a switchover waits for, and why it refuses, without what is put in. */
function toldOfSwitchovers(): string[] {
  const told = [...scripts.matchAll(/tell ["']switchover-(?:waits|refused): (.*)["']$/gm)].map(([, text]) => text).filter((text) => !text.includes('$PROBLEM'));
  const problems = [...readFileSync(join(SCRIPTS, 'step-down.sh'), 'utf8').matchAll(/(?:PROBLEM|NO_ROOM)=["']([^"'\n]+)["']/g)].map(([, text]) => text);
  return [...new Set([...told, ...problems])];
}

describe('what a switchover waits for', () => {
  const parts = quotedBy('switch-over.md', '').flatMap((row) => row.replace(/^switchover-\w+: /, '').split('…')).map((part) => part.trim()).filter((part) => part.length > 12);
  const told = toldOfSwitchovers();

  test('is found in the scripts', () => expect(told.length).toBeGreaterThan(8));

  test.each(told)('has a row on the page: %s', (text) => {
    const plain = text.replace(/\$SWITCHOVER_LAG/, '1000').replace(/\\"/g, '"');
    expect(parts.filter((part) => plain.includes(part))).not.toEqual([]);
  });
});

/** What stands against a failover, and what it would lose. */
function toldOfFailovers(): string[] {
  const told = [...scripts.matchAll(/(?:PROBLEMS|LOSSES)\+=\("(.*)"\)/g), ...scripts.matchAll(/'refused: (.*?)\\n'/g)].map(([, text]) => text);
  return [...new Set(told)].filter((text) => text !== '%s');
}

describe('what a failover is refused for', () => {
  // names of pods are left out, numbers and words that are put in are one sign
  const rows = quotedBy('fail-over.md', '').map((row) => row.replace(/\borders-db-\d+\b/g, '…').split('…')
    .map((part) => part.replace(/\b\d+\b|(?<=\()\w+(?=\))/g, '#').trim()).filter((part) => part !== ''));
  const told = toldOfFailovers();

  test('is found in the scripts', () => expect(told.length).toBeGreaterThan(12));

  test.each(told)('has a row on the page: %s', (text) => {
    const plain = text.replace(/\$PGSTS_NAME-\$\w+|%s-%s/g, '…').replace(/\$\(\([^)]*\)\)|\$\{[^}]*\}|\$#|\$\w+/g, '#');
    expect(rows.filter((parts) => parts.length > 0 && parts.every((part) => plain.includes(part)))).not.toEqual([]);
  });
});

test('a sentence that no script says is found', () => {
  expect(isSaid('commits-wait: a transaction is confirmed when 1 of the replicas have it, and 0 of them stream: nothing is confirmed until more do')).toBe(true);
  expect(isSaid('commits-wait: a transaction is confirmed when 1 replicas have it')).toBe(false);
});

describe('docs/architecture.md', () => {
  const [, table] = /^In memory, `\/run\/cdk8s-postgres`[^]*?\n\n((?:\|.*\n)+)/m.exec(architecture)!;
  const listed = [...table.replace(/(?<=^\|[^|]*)\|.*/gm, '').matchAll(/`([^`]+)`/g)].map(([, name]) => name.replace(/\/$/, '').replace('<pid>', '*'));
  // what ends with a value, or is replaced as a whole
  const used = [...scripts.matchAll(/\$PRIVATE\/([\w.-]+)/g)].map(([, name]) => name.replace(/\.new$/, '').replace(/[.-]$/, '$&*').replace(/-X+$/, '-*'));

  test.each([...new Set(used)].sort())('knows the file %s in memory', (name) => {
    const matching = listed.filter((each) => each === name || (each.endsWith('*') && name.startsWith(each.slice(0, -1))));
    expect(matching).not.toEqual([]);
  });

  test.each(listed)('lists %s, which a script uses', (name) => {
    expect(used.filter((each) => each === name || (name.endsWith('*') && each.startsWith(name.slice(0, -1))))).not.toEqual([]);
  });
});
