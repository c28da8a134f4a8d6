// Ends a run with the one line that CI systems read, keeps what ran for the checks after it, and compares how many tests
// ran on each PostgreSQL server with the committed table: a server that silently drops out must not look like a success.
const fs = require('fs');
const path = require('path');

const TABLE = path.join(__dirname, '../runtime/tests-per-server.json');

module.exports = class SummaryReporter {
  constructor(globalConfig) {
    this.globalConfig = globalConfig;
  }

  onRunComplete(_contexts, results) {
    const tests = results.testResults.flatMap((file) => file.testResults.map((test) => ({
      file: path.relative(this.globalConfig.rootDir, file.testFilePath), name: test.fullName, title: test.title, passed: test.status === 'passed',
    })));
    // A file that could not be loaded counts as one failure: its tests never got a number.
    let failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const difference = this.wholeRuntimeRan(tests) ? differences(tests) : [];
    for (const line of difference) process.stdout.write(`tests per server: ${line}\n`);
    if (difference.length > 0) {
      failed += 1;
      this.error = new Error(`the tests that ran differ from ${path.relative(process.cwd(), TABLE)}: ${difference.join('; ')}`);
    }
    const line = `${results.numPassedTests} passed, ${failed} failed`;
    process.stdout.write(`tests: ${line}\n`);
    if (process.env.TEST_SUMMARY) fs.appendFileSync(process.env.TEST_SUMMARY, `${line}\n`);
    if (process.env.TEST_NAMES) fs.appendFileSync(process.env.TEST_NAMES, tests.map((test) => `${JSON.stringify(test)}\n`).join(''));
  }

  getLastError() {
    return this.error;
  }

  /** Whoever runs one file or one test wants no comparison. */
  wholeRuntimeRan(tests) {
    const { testNamePattern, testPathPatterns, onlyChanged, onlyFailures } = this.globalConfig;
    const filtered = testNamePattern || onlyChanged || onlyFailures || (testPathPatterns && testPathPatterns.patterns.length > 0);
    return !filtered && tests.some(isRuntime);
  }
};

function isRuntime({ file }) {
  return file.startsWith(path.join('test', 'runtime'));
}

/** ALL_SERVERS=1 demands every server of the table; else one that is not installed is only told. */
function differences(tests) {
  const expected = JSON.parse(fs.readFileSync(TABLE, 'utf8'));
  return Object.entries(expected).flatMap(([major, count]) => {
    const ran = tests.filter((test) => isRuntime(test) && test.passed && new RegExp(`PostgreSQL ${major}\\b`).test(test.name)).length;
    if (ran === count) return [];
    if (ran === 0 && !process.env.ALL_SERVERS) {
      process.stdout.write(`tests per server: PostgreSQL ${major} is not on this machine, its ${count} tests did not run\n`);
      return [];
    }
    return [`PostgreSQL ${major}: ${ran} passed, the table says ${count}`];
  });
}
