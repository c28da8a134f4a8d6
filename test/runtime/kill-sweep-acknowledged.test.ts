import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimWith, container, serving, sql, state } from './fixture';
import { fingerprint, killed, unasked } from './kill-fixture';
import { Pod, temporaryClaim } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(900_000);
const [one, older] = [server(17), server(16)];
const identity = (claim: string) => readFileSync(join(claim, 'cdk8s-postgres.identity'), 'utf8');
const identifierOf = async (pod: Pod) => sql(pod, 'SELECT system_identifier FROM pg_control_system()');
const copyOf = (claim: string) => claimWith((copy) => void execFileSync('cp', ['--archive', `${claim}/.`, copy]));

/** A volume with a database of 16 and the memory of one of 17 that is gone, and a WAL volume with the WAL of both. */
async function volumesWithAPast() {
  const [claim, walClaim] = [temporaryClaim(), temporaryClaim()];
  const before = await serving(older, { claim, walClaim });
  await sql(before, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n', 'shop');
  await before.end();
  const env = { PGSTS_ACKNOWLEDGED_MAJOR: '16' };
  const gone = await serving(one, { claim, walClaim, env });
  const lost = `lost:orders-db/${await identifierOf(gone)}`;
  await gone.end();
  rmSync(join(claim, '17'), { recursive: true });
  return { claim, walClaim, env: { ...env, PGSTS_ACKNOWLEDGED_CLUSTER: lost } };
}

/** The whole of both volumes after a first start that was completed, except what is in the new database. */
function namesOn({ claim, walClaim }: { claim: string; walClaim: string }): string[] {
  const directories = [claim, join(claim, '17'), walClaim, join(walClaim, 'orders-db')];
  return directories.flatMap((directory) => readdirSync(directory)).sort();
}

test('a first start under acknowledgements, killed at its n-th command for every n, completes or starts over and changes nothing older', async () => {
  const past = await volumesWithAPast();
  const pastWal = readdirSync(join(past.walClaim, 'orders-db'));
  expect(pastWal).toHaveLength(2);
  const fingerprints = ({ claim, walClaim }: { claim: string; walClaim: string }) =>
    [join(claim, '16'), ...pastWal.map((name) => join(walClaim, 'orders-db', name))].map(fingerprint);
  const [untouched, remembered] = [fingerprints(past), identity(past.claim)];
  const outcomes: Record<string, number> = {};
  const copy = () => ({ claim: copyOf(past.claim), walClaim: copyOf(past.walClaim) });
  let volumes = copy();
  let n = 0;
  for (let reached = true; reached;) {
    n += 1;
    reached = await killed(one, { ...volumes, env: past.env }, n);
    const inPlace = existsSync(join(volumes.claim, '17/docker'));
    const { outcome, answer } = await unasked(one, volumes, 'SELECT system_identifier FROM pg_control_system()');
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (outcome === 'running') {
      expect(identity(volumes.claim)).toMatch(new RegExp(`^name=orders-db\nsystem_identifier=${answer}\nlibc=glibc-`));
      const files = ['cdk8s-postgres.identity', 'cdk8s-postgres.lock'];
      expect({ n, names: namesOn(volumes) }).toEqual({ n, names: ['16', '17', 'docker', 'orders-db', answer, ...files, ...pastWal].sort() });
      expect({ n, same: fingerprints(volumes).map((now, index) => now === untouched[index]) }).toEqual({ n, same: untouched.map(() => true) });
      for (const done of [volumes.claim, volumes.walClaim]) rmSync(done, { recursive: true });
      volumes = copy();
    } else {
      // it has nothing of the new database, the volume remembers the old one, and the next kill finds what this one left
      expect({ n, outcome, inPlace, identity: identity(volumes.claim) }).toEqual({ n, outcome: 'other-major', inPlace: false, identity: remembered });
    }
  }
  console.log(`killed at the n-th command of a first start under acknowledgements, n = 1 … ${n - 1}; without them the next start was`, outcomes);
  expect(n).toBeGreaterThan(30);
  expect(Object.keys(outcomes).sort()).toEqual(['other-major', 'running']);
  // the last copy is one of the past
  const old = await serving(older, { ...volumes, env: { PGSTS_ACKNOWLEDGED_CLUSTER: await otherCluster(volumes) } });
  expect(await sql(old, 'SELECT count(*) FROM kept', 'shop')).toBe('1000');
});

/** What going back to 16 has to acknowledge. */
async function otherCluster({ claim, walClaim }: { claim: string; walClaim: string }): Promise<string> {
  const pod = await Pod.start(container(older, { claim, walClaim }));
  const reason = await state(pod, 'waiting', 'other-cluster');
  await pod.end();
  return /PGSTS_ACKNOWLEDGED_CLUSTER=(\S+);/.exec(reason)![1];
}

test('a later start that takes a database over, killed at its n-th command for every n, leaves an identity that is old or new', async () => {
  const source = temporaryClaim();
  const first = await serving(one, { claim: source, env: { PGSTS_NAME: 'invoices-db' } });
  await sql(first, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n', 'shop');
  const identifier = await identifierOf(first);
  await first.end();
  const after = identity(source).replace('invoices-db', 'orders-db');
  const between = after.replace(/libc=.*/, 'libc=musl-1.2');
  const before = between.replace('orders-db', 'invoices-db');
  const saysUnasked = new Map([[before, 'other-cluster'], [between, 'other-libc'], [after, 'running']]);
  writeFileSync(join(source, 'cdk8s-postgres.identity'), before);
  const env = { PGSTS_ACKNOWLEDGED_CLUSTER: `invoices-db/${identifier}`, PGSTS_ACKNOWLEDGED_LIBC: 'musl-1.2' };

  const seen = new Set<string>();
  let claim = copyOf(source);
  let n = 0;
  for (let reached = true; reached;) {
    n += 1;
    reached = await killed(one, { claim, env }, n);
    const found = identity(claim);
    seen.add(found);
    const { outcome, answer } = await unasked(one, { claim }, 'SELECT count(*) FROM kept', 'shop');
    expect({ n, found, outcome, answer }).toEqual({ n, found, outcome: saysUnasked.get(found), answer: found === after ? '1000' : '' });
    if (found === before) continue;
    const pod = await serving(one, { claim, env });
    expect(await sql(pod, 'SELECT count(*) FROM kept', 'shop')).toBe('1000');
    await pod.end();
    expect(readdirSync(claim).sort()).toEqual(['17', 'cdk8s-postgres.identity', 'cdk8s-postgres.lock']);
    expect(identity(claim)).toBe(after);
    rmSync(claim, { recursive: true });
    claim = copyOf(source);
  }
  console.log(`killed at the n-th command of a start that takes a database over, n = 1 … ${n - 1}`);
  expect([...seen].sort()).toEqual([before, between, after].sort());
  expect(n).toBeGreaterThan(20);
});
