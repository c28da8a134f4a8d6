// Rewrites examples/*/expected.yaml and the snapshot of examples/01-single on purpose; a test run compares and never writes.
// Needs the compiled library: `npm run golden` compiles first.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES, examples, readable, synthesizeExample } from '../test/support/examples';

for (const example of examples) {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const yaml = readable(synthesizeExample(example, (main) => require(main)));
  writeFileSync(join(EXAMPLES, example, 'expected.yaml'), yaml);
  console.log(`examples/${example}/expected.yaml: ${yaml.length} bytes`);
}

execFileSync('npx', ['jest', '--updateSnapshot', '--reporters', 'default', '--testMatch', '**/examples/**/*.test.ts', '--', 'examples'], { cwd: join(EXAMPLES, '..'), stdio: 'inherit' });
