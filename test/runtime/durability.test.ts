import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Claim, Database, scripts, verify } from './backup-fixture';
import { expectDurable } from './durable-order';
import { container, DatabaseOptions, sql, start, state } from './fixture';
import { mountedTemporary } from '../support/mounted';
import { Pod, PodDescription, temporaryClaim } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(300_000);
const one = server(17);
const faults = '/opt/faults';
const unwrap = `PATH=\${PATH#${faults}:}`;

/** The container with a program of that name before all others in its PATH. */
function withFaulty(program: string, script: string, options: DatabaseOptions = {}): PodDescription {
  const files = { [program]: `#!/bin/bash\n${script}` };
  const command = ['bash', '-c', `PATH=${faults}:$PATH; exec bash /opt/cdk8s-postgres/supervisor.sh`];
  return { ...container(one, { ...options, mounts: [{ path: faults, kind: 'files', files, mode: 0o555 }] }), command, killAt: 0 };
}

/** The call stays among the counted ones, under the name of the program that does nothing but fail. */
const fail = `echo 'sync: error syncing: Input/output error' >&2; ${unwrap} exec false sync "$@"\n`;
const succeed = `${unwrap} exec sync "$@"\n`;
/** What common.sh asks first, to learn whether \`sync -f\` is known. */
const probe = '$2 == /run/*';

/** Those that change a name on one of the volumes, or start the server on the data directory. */
const renames = (calls: string[]) => calls.filter((call) => /^mv .* \/var\/lib\/|^postgres -D \S+\/docker /.test(call));

async function expectWhole(pod: Pod): Promise<void> {
  await state(pod, 'running');
  expect(await sql(pod, "SELECT count(*) FROM pg_database WHERE datname = 'shop'")).toBe('1');
  const calls = pod.commands();
  await pod.end();
  expectDurable(calls, { wal: true });
}

test('a first start syncs everything before each rename and each rename before the server starts', async () => {
  const pod = await Pod.start({ ...container(one, { walClaim: temporaryClaim() }), killAt: 0 });
  await state(pod, 'running');
  const calls = pod.commands().filter((call) => /^(sync|mv|ln|postgres -D) /.test(call) && !/ \/run\/cdk8s-postgres(\/[\w.-]+)?$/.test(call));
  const names = [[/\/\.initialising-\w+/g, '/STAGING'], [/\/orders-db\/\d+/g, '/orders-db/ID'], [/(?<=^postgres -D \S+) .*/, '']] as const;
  const named = calls.map((call) => names.reduce((text, [pattern, name]) => text.replace(pattern, name), call));
  const [data, wal] = ['/var/lib/postgresql', '/var/lib/postgresql-wal'];
  expect(named).toEqual([
    `postgres -D ${data}/17/STAGING`,
    `ln -sfn ${wal}/orders-db/ID ${data}/17/STAGING/pg_wal`,
    `sync -f ${data}/17/STAGING`,
    `sync -f ${wal}`,
    `sync -f ${data}/17/STAGING/cdk8s-postgres.identity.new`,
    `mv -f ${data}/17/STAGING/cdk8s-postgres.identity.new ${data}/17/STAGING/cdk8s-postgres.identity`,
    `sync -f ${data}/17/STAGING/cdk8s-postgres.identity`,
    `mv ${wal}/STAGING ${wal}/orders-db/ID`,
    `sync -f ${wal}`,
    `mv ${data}/17/STAGING ${data}/17/docker`,
    `sync -f ${data}`,
    `mv -f ${data}/17/docker/cdk8s-postgres.identity ${data}/cdk8s-postgres.identity`,
    `sync -f ${data}`,
    `postgres -D ${data}/17/docker`,
  ]);
  await expectWhole(pod);
});

test('where `sync -f` is unknown, everything is synced at the same places', async () => {
  const onlyPlain = `if (($#)); then echo 'sync: unrecognized option: f' >&2; exit 1; fi; ${succeed}`;
  const pod = await Pod.start(withFaulty('sync', onlyPlain, { walClaim: temporaryClaim() }));
  await expectWhole(pod);
});

test.each([
  ['on the volumes', `if [[ ${probe} ]]; then ${succeed} fi; ${fail}`],
  ['everywhere', fail],
])('while a sync %s fails, the first start names nothing, tells it and is tried again until it works', async (_, sync) => {
  const [claim, walClaim] = [temporaryClaim(), temporaryClaim()];
  const pod = await Pod.start(withFaulty('sync', sync, { claim, walClaim }));
  expect(await state(pod, 'waiting')).toBe('failed: the initialisation ended with status 1 and the log says why; it is tried again');
  const attempts = () => pod.commands().filter((call) => call.startsWith('initdb ')).length;
  await pod.waitFor(() => attempts() > 1, { what: 'a second attempt' });
  expect(pod.logs()).toContain('sync: error syncing: Input/output error');
  expect(renames(pod.commands())).toEqual([]);
  expect(existsSync(join(claim, '17/docker'))).toBe(false);
  expect(readdirSync(walClaim).filter((name) => !name.startsWith('.initialising-'))).toEqual([]);
  pod.update(faults, {});
  await expectWhole(pod);
  expect(readdirSync(join(claim, '17'))).toEqual(['docker']);
  expect(readdirSync(join(walClaim, 'orders-db'))).toHaveLength(1);
});

test('a first start whose n-th sync fails, for every n, goes no step further and is completed by the next attempt', async () => {
  const failOnce = `if [[ ${probe} ]]; then ${succeed} fi\nprintf . >>/tmp/syncs; read -r syncs </tmp/syncs\n`
    + `if [[ \${#syncs} == "$FAIL_AT" ]]; then ${fail} fi; ${succeed}`;
  let n = 0;
  for (let failed = true; failed;) {
    n += 1;
    const pod = await Pod.start(withFaulty('sync', failOnce, { walClaim: temporaryClaim(), env: { FAIL_AT: String(n) } }));
    await state(pod, 'running');
    const calls = pod.commands();
    const failure = calls.findIndex((call) => call.startsWith('false sync '));
    failed = failure >= 0;
    if (failed) {
      expect(pod.logs()).toMatch(/ prepare: waiting: failed: .* ended with status 1 and the log says why; it is tried again\n/);
      const again = calls.findIndex((call, index) => index > failure && call.startsWith('bash /opt/cdk8s-postgres/prepare.sh'));
      expect({ n, renames: renames(calls.slice(failure, again)) }).toEqual({ n, renames: [] });
    }
    await expectWhole(pod);
  }
  console.log(`failed the n-th sync of a first start, n = 1 … ${n - 1}`);
  expect(n).toBeGreaterThan(7);
});

/** A claim on a file system that counts no blocks, as some network and user-space file systems do not. */
function unmeasuredClaim(): string {
  const directory = mountedTemporary('size=0,mode=2777');
  expect(execFileSync('stat', ['-f', '-c', '%b %a', directory], { encoding: 'utf8' })).toBe('0 0\n');
  return directory;
}

describe('a volume whose free space is unknown', () => {
  test.each([
    ['fails', 'exit 1'],
    ['says no numbers', "echo '? ?'"],
    ['says nothing', 'exit 0'],
  ])('is not taken for full by the server where `stat -f` %s', async (_, stat) => {
    const claim = temporaryClaim();
    const script = `if [[ $1 == -f ]]; then (${unwrap} exec true "$@"); ${stat}; exit; fi; ${unwrap} exec stat "$@"\n`;
    for (const life of ['the first start', 'a later start']) {
      const pod = await Pod.start(withFaulty('stat', script, { claim }));
      await state(pod, 'running');
      expect({ life, asked: pod.commands().filter((call) => call.startsWith('true -f ')).length }).toEqual({ life, asked: 1 });
      await pod.end();
    }
  });

  test('is not taken for full by the server where the file system counts no blocks', async () => {
    const pod = await start(one, { claim: unmeasuredClaim() });
    await state(pod, 'running');
    await pod.end();
  });
});

test('a claim on a file system that counts no blocks has room for every backup', async () => {
  const database = await Database.start(one);
  expect(await new Claim(unmeasuredClaim()).run(database)).toMatchObject({ status: 0 });
});

describe('a backup', () => {
  let database: Database;
  let claim: Claim;
  beforeAll(async () => {
    database = await Database.start(one);
    claim = new Claim();
    expect(await claim.run(database)).toMatchObject({ status: 0 });
  });

  test.each([
    ['stat', 'whose claim does not tell its free space', / failed: the free space of \/backup\/orders-db cannot be read; check the volume of the backup claim$/],
    ['sync', 'that cannot be synced', / failed: the backup could not be written to the disk; check the volume of the backup claim$/],
  ])('(%s fails) %s ends with a sentence, and earlier backups stay', async (program, _, sentence) => {
    const before = claim.names;
    const files = { ...scripts(), [program]: `#!/bin/bash\necho '${program}: Input/output error' >&2; exit 1\n` };
    const command = ['bash', '-c', 'PATH=/opt/cdk8s-postgres:$PATH; exec bash /opt/cdk8s-postgres/backup.sh'];
    const { status, last } = await claim.run(database, { files, pod: { command } });
    expect(status).toBe(1);
    expect(last).toMatch(sentence);
    expect(claim.names).toEqual(before);
    expect(verify(claim.newest)).toBe(true);
    expect(await claim.run(database)).toMatchObject({ status: 0 });
  });
});
