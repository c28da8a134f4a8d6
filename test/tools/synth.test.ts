import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
let folder: string;

/** A copy of the quick start inside the project, where the library is found by its name. */
beforeEach(() => {
  folder = mkdtempSync(join(ROOT, 'examples/dist-'));
  for (const file of ['main.ts', 'cdk8s.yaml']) cpSync(join(ROOT, 'examples/01-single', file), join(folder, file));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function synth(...options: string[]) {
  return spawnSync('npx', ['ts-node', '-T', '--project', 'tools/tsconfig.json', 'tools/synth.ts', folder, ...options], { cwd: ROOT, encoding: 'utf8' });
}

test('tells what the real cdk8s wrote: files with their sizes, objects, findings', () => {
  const { status, stdout } = synth();
  expect(status).toBe(0);
  expect(stdout).toMatch(/dist\/shop\.k8s\.yaml {2}\d+ bytes\n {2}Service\/orders-db\n(.*\n)* {2}StatefulSet\/orders-db\n/);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 file, 17 objects, 0 findings');
});

test('writes a helm chart', () => {
  const { status, stdout } = synth('--format', 'helm', '--chart-api-version', 'v2', '--chart-version', '1.0.0');
  expect(status).toBe(0);
  expect(existsSync(join(folder, 'dist/Chart.yaml'))).toBe(true);
  expect(stdout).toMatch(/, 17 objects, 0 findings\n$/);
});

test('counts warnings', () => {
  writeFileSync(join(folder, 'main.ts'), `
    import { App, Chart } from 'cdk8s';
    import { PostgresStatefulSet, PostgresVersion, Storage } from 'cdk8s-postgres';
    const app = new App();
    new PostgresStatefulSet(new Chart(app, 'shop'), 'db', { version: PostgresVersion.V18, storage: Storage.ephemeral() });
    app.synth();
  `);
  expect(synth().stdout).toMatch(/\n {2}PG1503\n1 file, 12 objects, 1 finding\n$/);
});

test('fails as cdk8s does', () => {
  writeFileSync(join(folder, 'main.ts'), `
    import { App, Chart } from 'cdk8s';
    import { PostgresStatefulSet, PostgresVersion } from 'cdk8s-postgres';
    const app = new App();
    new PostgresStatefulSet(new Chart(app, 'shop'), 'Bad', { version: PostgresVersion.of('x') });
    app.synth();
  `);
  const { status, stdout, stderr } = synth();
  expect(status).not.toBe(0);
  expect(stdout + stderr).toMatch(/PG1001[^]*PG1101/);
  expect(stdout).not.toMatch(/findings?\n$/);
});
