import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { shellcheck } from '../support/shellcheck';

const EXAMPLES = join(__dirname, '../../examples');
const scripts = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sh')).sort();

test('shellcheck has nothing to say about the scripts of the examples, and they can be run', async () => {
  expect(scripts).toContain('09-migrate-deployment/rebind.sh');
  execFileSync(await shellcheck(), scripts, { cwd: EXAMPLES, stdio: 'inherit' });
  for (const file of scripts) accessSync(join(EXAMPLES, file), constants.X_OK);
});
