import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobScripts, serverScripts } from '../../src/runtime';
import { shellcheck } from '../support/shellcheck';

const directory = join(__dirname, '../../src/runtime');
const names = readdirSync(directory).filter((name) => name.endsWith('.sh'));
const text = (name: string) => readFileSync(join(directory, name), 'utf8');
/** The scripts that are run; they source the others. */
const programs = names.filter((name) => text(name).startsWith('#!') && text(name).includes('main "$@"'));

test('shellcheck has nothing to say about any script, read together with what it sources', async () => {
  execFileSync(await shellcheck(), ['--external-sources', '--check-sourced', ...programs], { cwd: directory, stdio: 'inherit' });
  const unread = names.filter((name) => !programs.includes(name) && !programs.some((other) => text(other).includes(`/${name}`)));
  expect(unread).toEqual([]);
});

test.each(names)('%s begins with its purpose and has at most 150 lines, its functions at most 40', (name) => {
  const lines = text(name).trimEnd().split('\n');
  expect(lines.slice(0, 4).filter((line) => /^# [A-Za-z].*[a-z]{4}/.test(line) && !line.includes('shellcheck'))).not.toEqual([]);
  expect(lines.length).toBeLessThanOrEqual(150);
  let start = 0;
  lines.forEach((line, number) => {
    if (/^\w+\(\) [{(]/.test(line)) start = number;
    if (/^[)}]/.test(line)) expect(number - start).toBeLessThanOrEqual(40);
  });
});

test('a script that is run is read as a whole before its first command: its file may change under it', () => {
  for (const name of programs) expect(text(name)).toMatch(/\nmain "\$@"\nexit\n$/);
});

test.each([['the servers', serverScripts()], ['the Jobs', jobScripts()]])('the scripts of %s together fit into their ConfigMap', (_, scripts) => {
  expect(Object.values(scripts).map((script) => Buffer.byteLength(script)).reduce((sum, size) => sum + size)).toBeLessThanOrEqual(210 * 1024);
});
