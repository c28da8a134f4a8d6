import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsPage } from '../support/findings-page';

test('docs/findings.md is the table of rules', () => {
  // `npx ts-node --project tools/tsconfig.json tools/findings.ts` writes it
  expect(readFileSync(join(__dirname, '../../docs/findings.md'), 'utf8')).toBe(findingsPage());
});
