import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { objectsOf } from '../support/examples';

const ROOT = join(__dirname, '../..');
let folder: string;
let files: string[];

/** Runs a program in the folder of the user's project. */
function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

/** The packed library unpacked where npm would put it. Its peers are links: nothing is downloaded. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const [packed] = JSON.parse(run('npm', ['pack', ROOT, '--ignore-scripts', '--json', '--silent'])) as { filename: string; files: { path: string }[] }[];
  files = packed.files.map(({ path }) => path);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'cdk8s-postgres'), { recursive: true });
  run('tar', ['-xzf', packed.filename, '--strip-components=1', '-C', join(modules, 'cdk8s-postgres')]);
  for (const peer of ['cdk8s', 'constructs']) {
    // copies, so that they cannot find this project's other modules; what they need themselves comes with them
    cpSync(join(ROOT, 'node_modules', peer), join(modules, peer), { recursive: true });
  }
  for (const tool of ['typescript', 'ts-node', '@types', 'yaml', 'cdk8s-cli']) symlinkSync(join(ROOT, 'node_modules', tool), join(modules, tool));
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "private": true }');
  for (const file of ['main.ts', 'cdk8s.yaml']) cpSync(join(ROOT, 'examples/01-single', file), join(folder, file));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('holds what is listed and nothing else', () => {
  const allowed = /^(lib\/.+\.(js|d\.ts|sh|json)|\.jsii|\.warnings\.jsii\.js|API\.md|LICENSE|README\.md|CHANGELOG\.md|package\.json)$/;
  expect(files.filter((file) => !allowed.test(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(['.jsii', 'API.md', 'LICENSE', 'README.md', 'package.json', 'lib/index.js', 'lib/index.d.ts', 'lib/postgres/catalogue.json']));
});

test('holds every script of the pod, byte by byte', () => {
  const scripts = readdirSync(join(ROOT, 'src/runtime')).filter((name) => name.endsWith('.sh'));
  const text = (...path: string[]): string => readFileSync(join(...path), 'utf8');
  expect(scripts.filter((name) => text(ROOT, 'src/runtime', name) !== text(folder, 'node_modules/cdk8s-postgres/lib/runtime', name))).toEqual([]);
});

test('needs its peers and nothing else at run time', () => {
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/cdk8s-postgres/package.json'), 'utf8'));
  const { dependencies, bundledDependencies, scripts } = manifest;
  expect([dependencies, bundledDependencies, scripts?.install, scripts?.postinstall]).toEqual(Array(4).fill(undefined));
  expect(Object.keys(manifest.peerDependencies)).toEqual(['cdk8s', 'cdk8s-plus-28', 'constructs']);
});

const quickStart = `
  const { App, Chart, Cron, Size } = require('cdk8s');
  const { Backup, PostgresStatefulSet, PostgresVersion, Storage } = require('cdk8s-postgres');
  const app = new App();
  new PostgresStatefulSet(new Chart(app, 'shop', { namespace: 'shop' }), 'orders-db', {
    version: PostgresVersion.V18,
    storage: Storage.persistent(Size.gibibytes(20)),
    database: 'orders',
    backups: [Backup.logical({ schedule: Cron.daily() })],
  });
  const yaml = app.synthYaml();
  console.log(JSON.stringify({ yaml, loaded: Object.keys(require.cache) }));
`;

test('synthesizes the quick start in an empty project, where cdk8s-plus is neither loaded nor installed', () => {
  const { yaml, loaded } = JSON.parse(run('node', ['-e', quickStart])) as { yaml: string; loaded: string[] };
  expect(objectsOf(yaml)).toHaveLength(17);
  expect(loaded.filter((file) => /cdk8s-plus/.test(file))).toEqual([]);
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => name.startsWith('cdk8s-plus'))).toEqual([]);
});

test('importing it loads no rule and no manifest: those come with the first database', () => {
  const loaded = JSON.parse(run('node', ['-e', "require('cdk8s-postgres'); console.log(JSON.stringify(Object.keys(require.cache)))"])) as string[];
  const ours = loaded.flatMap((file) => file.split('/node_modules/cdk8s-postgres/lib/').slice(1));
  expect(ours).toContain('index.js');
  expect(ours.filter((file) => /^(plan\/(resolve|rules|find|explain|connect)|kubernetes|runtime)/.test(file))).toEqual([]);
});

test('the real cdk8s synth writes the same from the packed library, also for helm', () => {
  writeFileSync(join(folder, 'quick-start.js'), quickStart.replace(/const yaml[^]*$/, 'app.synth();'));
  run('node', ['node_modules/cdk8s-cli/bin/cdk8s', 'synth', '--app', 'node quick-start.js'], { CDK8S_CHECK_UPGRADE: 'false' });
  const plain = readFileSync(join(folder, 'dist/shop.k8s.yaml'), 'utf8');
  run('node', ['node_modules/cdk8s-cli/bin/cdk8s', 'synth', '--app', 'node quick-start.js', '--output', 'chart', '--format', 'helm', '--chart-api-version', 'v2', '--chart-version', '1.0.0'],
    { CDK8S_CHECK_UPGRADE: 'false' });
  const templates = readdirSync(join(folder, 'chart/templates'));
  const helm = readFileSync(join(folder, 'chart/templates', templates[0]), 'utf8');
  expect(templates.map((name) => basename(name))).toEqual(['shop.k8s.yaml']);
  expect(objectsOf(helm)).toEqual(objectsOf(plain));
  expect(helm).not.toContain('{{');
}, 120_000);
