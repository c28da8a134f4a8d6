import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowsInCopy } from './copies';
import { isWhole } from './kept';
import { copiedClaim, Pod, temporaryClaim } from '../support/pod';
import { servers } from '../support/servers';

const each = [servers[0], servers[servers.length - 1]];

/** Rows 1 to 3 of a primary, and, on the timeline that it began next, 4 and 5; the copy `before` has the first three, and in its log all of them. */
const MAKE = String.raw`
set -eu
cd /claim
initdb -D data -U postgres -A trust >/dev/null
server() { pg_ctl -D data -s -w -l data/started.log -o "-c listen_addresses= -k /claim" "$@"; }
sql() { psql -X -v ON_ERROR_STOP=1 -h /claim -U postgres -d postgres -c "$1"; }
server start
sql 'CREATE TABLE rows (id bigint PRIMARY KEY); INSERT INTO rows VALUES (1), (2), (3)'
server stop
cp -a data before
: >data/standby.signal
server start
sql 'SELECT pg_promote()'
sql 'INSERT INTO rows VALUES (4)'
sql 'INSERT INTO rows VALUES (5)'
server -m immediate stop
cp -a data/pg_wal/00000002* before/pg_wal/
# as those of a pod, that follows another one with settings and slots of its own
: >before/standby.signal
printf '%s\n' "primary_conninfo = 'host=nowhere'" 'max_connections = none' >before/postgresql.auto.conf
mkdir before/pg_replslot/broken`;

describe.each(each)('the rows of a copy that was set aside, %s', (server) => {
  let claim: string;
  const of = (name: string) => join(claim, name);
  const contents = (folder: string) => execFileSync('bash', ['-c', 'find . -type f -printf "%p %s %T@ " -exec md5sum {} + | sort; find . | sort'], { cwd: folder, encoding: 'utf8' });

  beforeAll(async () => {
    claim = temporaryClaim();
    const pod = await Pod.start({ server, mounts: [{ kind: 'directory', host: claim, path: '/claim' }] });
    expect(await pod.exec(['bash', '-c', MAKE])).toMatchObject({ status: 0 });
    await pod.end();
  });

  test('are read, of a primary that was killed too', async () => {
    expect(await rowsInCopy(of('data'), [1, 5], server)).toEqual({ rows: new Set([1, 2, 3, 4, 5]) });
  });

  test('are read by what it has noted, and where that is not all, along the newest timeline that it knows of', async () => {
    const before = contents(of('before'));
    expect(await rowsInCopy(of('before'), [1, 3], server)).toEqual({ rows: new Set([1, 2, 3]) });
    expect(await rowsInCopy(of('before'), [1, 5], server)).toEqual({ rows: new Set([1, 2, 3, 4, 5]) });
    expect(contents(of('before'))).toBe(before);
  });

  test('are none where it has not got them', async () => {
    const { rows, problem } = await rowsInCopy(of('data'), [6], server);
    expect([rows.has(6), problem]).toEqual([false, undefined]);
  });

  test('cannot be read of one that only looks like a database: why is told', async () => {
    const broken = copiedClaim(of('data'));
    rmSync(join(broken, 'global/pg_control'));
    writeFileSync(join(broken, 'global/pg_control'), '');
    expect(isWhole(broken)).toBe(true);
    const { rows, problem } = await rowsInCopy(broken, [1], server);
    expect(rows.size).toBe(0);
    expect(problem).toMatch(/^crash: .*pg_control.*; archive: .*pg_control/);
  });
});
