import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { adopting, copyOf, hiding, OldDatabase, oldClaim } from './adopt-fixture';
import { serving, sql } from './fixture';
import { Mount, Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(900_000);
const one = server(17);

/** Where each of the files of a data directory is now: all of them must be somewhere, once. */
function files(claim: string): string[] {
  const inOne = (directory: string): string[] => readdirSync(join(claim, directory));
  const places = ['.', 'data', '17/adopting', '17/docker'].flatMap((place) => {
    try {
      return inOne(place);
    } catch {
      return [];
    }
  });
  return places.filter((name) => !/^(cdk8s-postgres\..*|data|17|lost\+found|postmaster\.pid)$/.test(name)).sort();
}

async function finish(claim: string, mounts: readonly Mount[]): Promise<void> {
  const pod = await Pod.start(adopting(one, claim, 0, mounts));
  expect([await pod.exited, pod.logs()]).toEqual([{ status: 0, signal: null }, expect.stringContaining('took over')]);
  await pod.end();
}

async function expectServed(claim: string, mounts: readonly Mount[]): Promise<void> {
  const pod = await serving(one, { claim, mounts, env: { PGSTS_ACKNOWLEDGED_LIBC: 'glibc-2.36' } });
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('1000');
  await pod.end();
}

test.each<[string, string, number, OldDatabase, (claim: string) => readonly Mount[]]>([
  ['in the root of the volume', 'every n', 1, { directory: '.' }, () => []],
  ['that crashed, in a folder that the image hides', 'every fourth n', 4, { directory: 'data', crashed: true }, hiding],
])('adopt.sh of a database %s, killed at its n-th command for %s, is finished by the next run', async (what, which, step, old, mounts) => {
  const original = await oldClaim(one, old);
  const whole = files(original);
  expect(whole).toContain('PG_VERSION');
  let n = 0;
  let reached = true;
  let placed = 0;
  while (reached) {
    n += step;
    const claim = copyOf(original);
    const killed = await Pod.start(adopting(one, claim, n, mounts(claim)));
    await killed.exited;
    ({ reached } = killed);
    await killed.end();
    expect(files(claim)).toEqual(whole);

    if (existsSync(join(claim, '17/docker/PG_VERSION'))) placed += 1;
    else await finish(claim, mounts(claim));
    expect(files(claim)).toEqual(whole);
    expect(readdirSync(join(claim, '17'))).toEqual(['docker']);
    // a start takes longer than everything else
    if (n % 16 === 0 || !reached) await expectServed(claim, mounts(claim));
  }
  console.log(`adopt.sh of a database ${what}, killed at its n-th command for ${which} up to ${n - 1}; after ${placed} of the runs it was in place`);
  expect(n).toBeGreaterThan(20);
});
