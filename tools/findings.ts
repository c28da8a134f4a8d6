// Writes docs/findings.md from the table of rules; a test compares and never writes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findingsPage } from '../test/support/findings-page';

const file = join(__dirname, '../docs/findings.md');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, findingsPage());
console.log('docs/findings.md');
