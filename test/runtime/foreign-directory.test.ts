import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOf, oldClaim } from './adopt-fixture';
import { serving, sql, start, state } from './fixture';
import { fingerprint, killed, unasked } from './kill-fixture';
import { Pod } from '../support/pod';
import { server, Server, servers } from '../support/servers';

jest.setTimeout(900_000);
const one = server(17);
const ASK = { PGSTS_ACKNOWLEDGED_LIBC: 'unknown' };
const remembers = (claim: string) => existsSync(join(claim, 'cdk8s-postgres.identity'));
const identity = (claim: string) => readFileSync(join(claim, 'cdk8s-postgres.identity'), 'utf8');
const kept = (pod: Pod) => sql(pod, 'SELECT count(*) FROM kept');

/** The official image from 18 on has its data directory where ours is; so may any image of any major that was told to. */
function foreignClaim(postgres: Server, crashed?: boolean): Promise<string> {
  return oldClaim(postgres, { directory: `${postgres.major}/docker`, crashed });
}

function question(postgres: Server): RegExp {
  return new RegExp(`^other-libc: which C library sorted the indexes of /var/lib/postgresql/${postgres.major}/docker is not known, the image has (glibc-[0-9.]+): `
    + 'if it was another one, indexes on text have to be rebuilt. '
    + 'To go on all the same, acknowledge exactly this with PGSTS_ACKNOWLEDGED_LIBC=unknown; see docs/runbooks/migrate.md$');
}

/** Starts, expects that refusal, and returns it; nothing on the claim but the file of the lock may be another one than before. */
async function refused(postgres: Server, claim: string, env: Record<string, string>, wanted: string | RegExp): Promise<string> {
  const before = fingerprint(join(claim, String(postgres.major)));
  const pod = await start(postgres, { claim, env });
  const reason = await state(pod, 'waiting', wanted);
  await pod.end();
  expect(fingerprint(join(claim, String(postgres.major)))).toBe(before);
  expect(readdirSync(claim).sort()).toEqual([String(postgres.major), 'cdk8s-postgres.lock']);
  return reason;
}

test.each(servers)('%s takes a data directory that it does not know over only when its unknown C library is acknowledged, once', async (postgres) => {
  const claim = await foreignClaim(postgres);
  const reason = await refused(postgres, claim, {}, 'other-libc');
  expect(reason).toMatch(question(postgres));
  const [, libc] = question(postgres).exec(reason)!;
  // nobody knows that it was this one
  await refused(postgres, claim, { PGSTS_ACKNOWLEDGED_LIBC: libc }, question(postgres));

  const taken = await serving(postgres, { claim, env: ASK });
  expect(taken.logs()).toMatch(/other-libc: which C library .*; acknowledged by PGSTS_ACKNOWLEDGED_LIBC=unknown\n/);
  const identifier = await sql(taken, 'SELECT system_identifier FROM pg_control_system()');
  expect([await kept(taken), identity(claim)]).toEqual(['1000', `name=orders-db\nsystem_identifier=${identifier}\nlibc=${libc}\norigin=initdb\n`]);
  await taken.end();
  const later = await serving(postgres, { claim });
  expect([await kept(later), later.logs()]).toEqual(['1000', expect.not.stringContaining('other-libc')]);
  await later.end();
});

test.each([
  ['was not shut down', 'in production', true],
  ['has the file of a server that runs', 'shut down with a postmaster.pid', false],
])('a data directory that the volume does not know and that %s is taken over only when that is acknowledged, too', async (_, found, crashed) => {
  const claim = await foreignClaim(one, crashed);
  if (!crashed) writeFileSync(join(claim, '17/docker/postmaster.pid'), '1\n', { mode: 0o600 });
  const reason = await refused(one, claim, ASK, 'other-cluster');
  expect(reason).toContain(`the volume does not know the database in /var/lib/postgresql/17/docker, whose state is ${found}: another server may still be running on it`);
  const env = { PGSTS_ACKNOWLEDGED_CLUSTER: /PGSTS_ACKNOWLEDGED_CLUSTER=(orders-db\/\d+);/.exec(reason)![1] };
  await refused(one, claim, env, question(one));
  const taken = await serving(one, { claim, env: { ...env, ...ASK } });
  expect(await kept(taken)).toBe('1000');
  await taken.end();
  await (await serving(one, { claim })).end();
});

test('a database whose image could not name its C library is asked about, too', async () => {
  const claim = await foreignClaim(one);
  await (await serving(one, { claim, env: ASK })).end();
  const named = identity(claim);
  for (const libc of ['', 'unknown']) {
    writeFileSync(join(claim, 'cdk8s-postgres.identity'), named.replace(/libc=.*/, `libc=${libc}`));
    const pod = await start(one, { claim });
    expect(await state(pod, 'waiting')).toMatch(question(one));
    await pod.end();
  }
  await (await serving(one, { claim, env: ASK })).end();
  expect(identity(claim)).toBe(named);
});

test('a start that takes over a data directory that it does not know, killed at its n-th command for every n, has done so or changed nothing', async () => {
  const source = await foreignClaim(one);
  const untouched = fingerprint(join(source, '17'));
  const outcomes: Record<string, number> = {};
  let claim = copyOf(source);
  let n = 0;
  for (let reached = true; reached;) {
    n += 1;
    reached = await killed(one, { claim, env: ASK }, n);
    const ours = remembers(claim);
    const same = fingerprint(join(claim, '17')) === untouched;
    const { outcome, answer } = await unasked(one, { claim }, 'SELECT count(*) FROM kept');
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    expect({ n, outcome, answer }).toEqual({ n, outcome: ours ? 'running' : 'other-libc', answer: ours ? '1000' : '' });
    // the next kill finds what this one left
    if (!ours) {
      expect({ n, same }).toEqual({ n, same: true });
      continue;
    }
    expect(identity(claim)).toMatch(/^name=orders-db\nsystem_identifier=\d+\nlibc=glibc-[0-9.]+\norigin=initdb\n$/);
    expect(readdirSync(claim).sort()).toEqual(['17', 'cdk8s-postgres.identity', 'cdk8s-postgres.lock']);
    claim = copyOf(source);
  }
  console.log(`killed at the n-th command of a start that takes an unknown directory over, n = 1 … ${n - 1}; without the acknowledgement the next start was`, outcomes);
  expect(n).toBeGreaterThan(20);
  expect(Object.keys(outcomes).sort()).toEqual(['other-libc', 'running']);
});
