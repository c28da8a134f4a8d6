import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, Json, podTemplate, synthesize } from '../support/find';
import { allProps } from '../support/props';

const RUNTIME = join(__dirname, '../../src/runtime');
const scripts = Object.fromEntries(readdirSync(RUNTIME).filter((name) => name.endsWith('.sh')).map((name) => [name, readFileSync(join(RUNTIME, name), 'utf8')]));
const isJob = (name: string): boolean => /^(backup|restore)/.test(name);
/** The one file that both have. */
const SHARED = 'common.sh';
const filesOf = (jobs: boolean): Record<string, string> => Object.fromEntries(Object.entries(scripts)
  .filter(([name]) => isJob(name) === jobs || name === SHARED));
const side = (jobs: boolean): string => Object.values(filesOf(jobs)).join('\n');
const code = (text: string): string => text.replace(/^\s*#.*$/gm, '').replace(/\s# .*$/gm, '');

const manifests = synthesize({ ...allProps, environment: {}, sidecars: [] });
const server = podTemplate(manifests).spec.containers[0];
const containerOf = (cronJob: string): Json => find(manifests, 'CronJob', cronJob).spec.jobTemplate.spec.template.spec.containers[0];
const job = containerOf('ledger-nightly');
const restore = containerOf('ledger-restore');
const names = (container: Json): string[] => container.env.map(({ name }: Json) => name).sort();

/** Every variable of ours that a script mentions, also by name for an indirect reading. */
function read(text: string): string[] {
  return [...new Set(code(text).match(/\bPGSTS_[A-Z_]*[A-Z]\b/g))].sort();
}

/** `${PREFIX_${x}}` and `local -n` read names that are put together: each is listed here with the prefix that the script writes. */
function matches(variable: string, mentioned: readonly string[], text: string): boolean {
  return mentioned.includes(variable) || [...code(text).matchAll(/\b(PGSTS_[A-Z_]*_)\$/g)].some(([, prefix]) => variable.startsWith(prefix));
}

/** What both use is checked with the server: it names the pod, which a Job does without, and the volume, which a Job does not see. */
const ofJob = (kind: string): string => Object.entries(scripts).filter(([name]) => name.startsWith(kind)).map(([, text]) => text).join('\n');

describe.each([['server', server, side(false)], ['backup', job, ofJob('backup')], ['restore', restore, ofJob('restore')]])('the scripts of the %s', (_, container, text) => {
  test('read no variable that is not set', () => {
    expect(read(text).filter((name) => !names(container).includes(name))).toEqual([]);
  });

  test('read every variable of ours that is set', () => {
    const own = names(container).filter((name) => name.startsWith('PGSTS_'));
    expect(own.filter((name) => !matches(name, read(text), text))).toEqual([]);
  });

  test('find every file that they name below our folders', () => {
    const mounted: string[] = container.volumeMounts.map(({ mountPath }: Json) => mountPath);
    const paths = [...new Set(code(text).match(/\/(?:opt|etc|run)\/cdk8s-postgres[\w/.-]*|\/var\/lib\/postgresql[\w/-]*|\/var\/run\/postgresql|\/backup\b(?=[\s"'/]|$)/g))];
    const known = (path: string): boolean => mounted.some((mount) => path === mount || path.startsWith(`${mount}/`) || mount.startsWith(`${path}/`));
    expect(paths.filter((path) => !known(path))).toEqual([]);
  });
});

test('libpq\'s own variables are set where they are read', () => {
  expect(names(server)).toEqual(expect.arrayContaining(['PGDATA', 'PGHOST']));
  for (const one of [job, restore]) expect(names(one)).toEqual(expect.arrayContaining(['PGHOST', 'PGPORT', 'PGUSER']));
});

test('the container starts scripts that are there', () => {
  const started = [server.command, job.command, restore.command, ...['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => server[probe].exec.command)].map(([, path]) => path);
  expect(started.map((path: string) => path.replace('/opt/cdk8s-postgres/', '')).filter((name) => !(name in scripts))).toEqual([]);
});

test('no script names one that its own pods do not get', () => {
  const named = (jobs: boolean): string[] => [...code(side(jobs)).matchAll(/([\w-]+\.sh)\b/g)].map(([, name]) => name);
  expect([false, true].flatMap((jobs) => named(jobs).filter((name) => !(name in filesOf(jobs))))).toEqual([]);
});

test('no text is put into the scripts at synthesis', () => {
  expect(find(manifests, 'ConfigMap', 'ledger-scripts-').data).toEqual(filesOf(false));
  expect(find(manifests, 'ConfigMap', 'ledger-jobs-').data).toEqual(filesOf(true));
});

describe('the comparison notices', () => {
  test('a variable that is read but not set', () => {
    expect(read('echo "$PGSTS_NAME ${PGSTS_NEW:-}"').filter((name) => !names(server).includes(name))).toEqual(['PGSTS_NEW']);
  });

  test('a variable that is set but not read', () => {
    expect(matches('PGSTS_OLD', read('echo $PGSTS_NAME'), 'echo $PGSTS_NAME')).toBe(false);
  });

  test('no variable that only a comment names', () => {
    expect(read('# reads PGSTS_GONE\n')).toEqual([]);
  });
});
