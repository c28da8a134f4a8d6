import { cdk8s, javascript, JsonFile } from 'projen';

const maintainers = 'cdk8s-postgres maintainers';

const project = new cdk8s.ConstructLibraryCdk8s({
  name: 'cdk8s-postgres',
  author: maintainers,
  authorAddress: 'maintainers@cdk8s-postgres.invalid',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk8s-postgres/cdk8s-postgres.git',
  description: 'PostgreSQL on Kubernetes without an operator: a StatefulSet that initialises, guards and backs up its data, synthesized by cdk8s',
  license: 'Apache-2.0',
  copyrightOwner: maintainers,
  stability: 'experimental',
  keywords: ['cdk8s', 'cdk8s-plus', 'kubernetes', 'postgres', 'postgresql', 'statefulset', 'backup', 'jsii'],
  defaultReleaseBranch: 'main',
  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.16.0',
  workflowNodeVersion: '22',

  // The lowest versions that our peers allow are the ones we develop with, so that the default test run proves the floor.
  cdk8sVersion: '2.69.0',
  constructsVersion: '10.3.0',
  jsiiVersion: '~6.0.0',
  peerDeps: ['cdk8s-plus-28@^2.5.6'],
  devDeps: [
    // the schemas of cert-manager and of the External Secrets Operator
    '@kubernetes-models/cert-manager@^4', '@kubernetes-models/external-secrets@^2',
    'ajv@^8', 'cdk8s-cli', 'fast-check@^4', 'kubernetes-types@^1.30.0', 'yaml@^2',
    // each carries the API structs of one Kubernetes version: the source of the strict schemas
    'cdk8s-plus-29', 'cdk8s-plus-30', 'cdk8s-plus-31', 'cdk8s-plus-32', 'cdk8s-plus-33', 'cdk8s-plus-34',
  ],
  // 13 asks for a newer Node than the oldest we support and says so thirty times on every install
  bumpPackage: 'commit-and-tag-version@^12',
  typecheckTests: true,
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    passWithNoTests: false,
    configFilePath: 'jest.config.json',
    junitReporting: false,
    jestConfig: { collectCoverage: false },
  },
  eslintOptions: { dirs: ['src', 'tools'], devdirs: ['test', 'examples', 'tools'], commandOptions: { fix: false } },
  sampleCode: false,
  depsUpgrade: false,
  githubOptions: { mergify: false },
  gitignore: ['/examples/**/dist/', '/.cache/', '.jsii.tabl.json', '.DS_Store', '/test-reports/'],
  npmignoreEnabled: false,

  publishToPypi: { distName: 'cdk8s-postgres', module: 'cdk8s_postgres' },
  publishToMaven: {
    mavenGroupId: 'io.github.cdk8s-postgres',
    mavenArtifactId: 'cdk8s-postgres',
    javaPackage: 'io.github.cdk8s_postgres',
  },
  publishToGo: { moduleName: 'github.com/cdk8s-postgres/cdk8s-postgres-go' },
});

const npmrc = new javascript.NpmConfig(project);
npmrc.addConfig('omit-lockfile-registry-resolved', 'true');
npmrc.addConfig('fund', 'false');
npmrc.addConfig('audit', 'false');

// An allow-list: a stray file at the root must never be published.
project.package.addField('files', ['lib', '.jsii', 'API.md', 'CHANGELOG.md', '!lib/**/*.tsbuildinfo']);
project.package.addField('exports', {
  '.': { types: './lib/index.d.ts', default: './lib/index.js' },
  './package.json': './package.json',
  './.jsii': './.jsii',
  './.warnings.jsii.js': './.warnings.jsii.js',
});
// unrs-resolver 1.13.0 names optional platform packages that were never published, which breaks `npm ci`.
project.package.addField('overrides', { 'unrs-resolver': '1.12.2' });
project.package.addField('allowScripts', { '@parcel/watcher': false, 'unrs-resolver': false });
// Maps that repeat the sources would double what is loaded and published; the JavaScript is as readable as they are.
for (const option of ['inlineSourceMap', 'inlineSources']) project.tryFindObjectFile('tsconfig.json')!.addOverride(`compilerOptions.${option}`, false);
project.package.addField('jsiiRosetta', { strict: true });

project.tasks.addEnvironment('CDK8S_CHECK_UPGRADE', 'false');
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');

// jsii copies only its own output: stale output goes first, the shell scripts and the data that is read late come after. Reserved words are not silenced.
project.preCompileTask.exec('rm -rf lib');
project.compileTask.reset('jsii');
project.compileTask.exec('mkdir -p lib/postgres && cp -R src/runtime lib/ && cp src/postgres/catalogue.json lib/postgres/');

new javascript.TypescriptConfig(project, {
  fileName: 'examples/tsconfig.json',
  extends: javascript.TypescriptConfigExtends.fromPaths(['../tsconfig.json']),
  compilerOptions: { noEmit: true, rootDir: '..' },
  include: ['**/*.ts'],
  exclude: ['node_modules'],
});
new javascript.TypescriptConfig(project, {
  fileName: 'tools/tsconfig.json',
  extends: javascript.TypescriptConfigExtends.fromPaths(['../tsconfig.json']),
  compilerOptions: { noEmit: true, rootDir: '..' },
  include: ['**/*.ts'],
  exclude: ['node_modules'],
});

// `npm test` must be complete after `npm ci`: the contract tests read what the compiler wrote.
project.testTask.prependSpawn(project.compileTask);
project.testTask.prependSpawn(project.preCompileTask);

const onPods = project.addTask('test:cluster:pods', {
  description: 'Apply the examples to the cluster of KUBECONFIG and observe them',
  // they wait more than they compute
  exec: "jest --ci --config jest.cluster.config.json --maxWorkers 3 --testPathIgnorePatterns '[-]nodes?[.-]'",
});
const onNodes = project.addTask('test:cluster:nodes', {
  description: 'Take nodes away from the cluster of KUBECONFIG, one after the other, since everybody loses them',
  exec: "jest --ci --config jest.cluster.config.json --runInBand '[-]nodes?[.-]'",
});
project.addTask('test:cluster', {
  description: 'All tests that need the cluster of KUBECONFIG',
  steps: [{ spawn: onPods.name }, { spawn: onNodes.name }],
});
project.addTask('test:faults', {
  description: 'Kill, cut off and move pods with real servers in rounds that follow from a seed, and check that nothing acknowledged is lost',
  // types are checked by a step of their own
  exec: 'ts-node --prefer-ts-exts --transpile-only --project test/tsconfig.json test/faults/main.ts',
  receiveArgs: true,
});
project.addTask('synth', {
  description: 'Compile, synthesize examples/01-single with the real cdk8s and print files, objects and findings',
  steps: [{ spawn: 'pre-compile' }, { spawn: 'compile' }, { exec: 'ts-node --project tools/tsconfig.json tools/synth.ts examples/01-single' }],
});
project.addTask('catalogue', {
  description: 'Ask the servers 15 to 18 for their parameters',
  exec: 'ts-node --project tools/tsconfig.json tools/catalogue.ts',
});
project.addTask('golden', {
  description: 'Rewrite the expected YAML of the examples on purpose',
  steps: [{ spawn: 'pre-compile' }, { spawn: 'compile' }, { exec: 'ts-node --project tools/tsconfig.json tools/golden.ts' }],
});
project.addTask('findings', {
  description: 'Write docs/findings.md from the table of rules',
  exec: 'ts-node --project tools/tsconfig.json tools/findings.ts',
});
project.addTask('docs:snippets', {
  description: 'Compile every README and @example snippet',
  exec: 'jsii-rosetta extract --strict',
});
project.addTask('bindings', {
  description: 'Generate the sources of the Python, Java and Go bindings',
  steps: ['python', 'java', 'go'].map(t => ({ exec: `jsii-pacmak --code-only --target ${t} --outdir dist/bindings` })),
});
project.addTask('bindings:python', {
  description: 'Build and install the Python package and compare what it synthesizes with TypeScript',
  exec: 'tools/python-twin.sh',
});
project.addTask('bench', {
  description: 'Measure synthesis and pod start side by side with their baselines',
  steps: [{ spawn: 'pre-compile' }, { spawn: 'compile' }, { exec: 'ts-node --project tools/tsconfig.json tools/bench.ts', receiveArgs: true }],
});
project.addTask('bench:runtime', {
  description: 'Measure clone, start, idle scripts, switchover, failover, return and synchronous commits on real servers',
  // without that option `./catalogue` would be the data beside the module
  exec: 'ts-node --prefer-ts-exts --project tools/tsconfig.json tools/bench-runtime.ts',
  receiveArgs: true,
});
// Types are checked once, by a step of its own, not again in every test file.
const jest = {
  reporters: ['default', '<rootDir>/test/support/summary-reporter.cjs'],
  testSequencer: '<rootDir>/test/support/longest-first.cjs',
  transform: { '^.+\\.[t]sx?$': ['ts-jest', { tsconfig: 'test/tsconfig.json', transpilation: true, diagnostics: false }] },
};
const unitTests = project.tryFindObjectFile('jest.config.json')!;
for (const [key, value] of Object.entries({
  ...jest,
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/examples/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/cluster/'],
  testTimeout: 120_000,
  // the servers of the tests wait more than they compute
  maxWorkers: 5,
})) unitTests.addOverride(key, value);
new JsonFile(project, 'jest.cluster.config.json', {
  obj: { ...jest, testMatch: ['<rootDir>/test/cluster/**/*.test.ts'], testTimeout: 600_000 },
});

// The layers of docs/architecture.md: decisions end with the plan, and PostgreSQL knows nothing of Kubernetes.
project.eslint?.addOverride({
  files: ['src/kubernetes/**/*.ts'],
  rules: {
    'no-restricted-syntax': ['error',
      { selector: "LogicalExpression[operator='??']", message: 'defaults belong into src/plan/resolve.ts' },
      { selector: "MemberExpression > Identifier.object[name='props']", message: 'builders see the plan only' }],
  },
});
project.eslint?.addOverride({
  files: ['src/postgres/**/*.ts'],
  rules: { 'no-restricted-imports': ['error', { patterns: ['cdk8s*', 'constructs', 'kubernetes-types*', '../kubernetes/*', '../plan/*', '../*'] }] },
});

project.gitattributes.addAttributes('*.sh', 'text', 'eol=lf');
// The generated release job spells the default npm host out; the publisher has the same default.
project.tryFindObjectFile('.github/workflows/release.yml')
  ?.addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY');

project.synth();
