import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The command of docs/runbooks/replicas.md, «A copy was kept», that lists the transactions of the log that was kept. */
export const [, LIST_KEPT] = /^kubectl [^\n]* -- bash -c '(cd [^']*pg_waldump[^']*)'$/m.exec(readFileSync(join(__dirname, '../../docs/runbooks/replicas.md'), 'utf8'))!;
