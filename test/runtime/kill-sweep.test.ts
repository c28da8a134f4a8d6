import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expectDurable } from './durable-order';
import { canLogIn, container, serving, sql, start, state } from './fixture';
import { Pod, temporaryClaim } from '../support/pod';
import { Server, server } from '../support/servers';

jest.setTimeout(900_000);
const one = server(17);
const initScripts = { '1.sql': 'CREATE TABLE ran (n int); INSERT INTO ran VALUES (1);' };

/** What must hold after whatever happened before: everything that is declared is there, once, and nothing else. Returns the calls. */
async function expectWhole(claim: string, walClaim: string, postgres = one): Promise<string[]> {
  const pod = await serving(postgres, { claim, walClaim, initScripts, description: { killAt: 0 } });
  expect(await sql(pod, 'SELECT count(*) FROM ran', 'shop')).toBe('1');
  expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(true);
  const left = await pod.exec(['bash', '-c', 'shopt -s nullglob; echo /var/lib/postgresql/*/.i* /var/lib/postgresql-wal/.i* /var/lib/postgresql/*/docker/cdk8s-*; ls /var/lib/postgresql-wal/orders-db | wc -l']);
  expect(left.stdout).toBe('\n1\n');
  const calls = pod.commands();
  await pod.end();
  return calls;
}

/** Kills first starts at their first, (1 + step)-th, (1 + 2 step)-th … command, until one ends unharmed; returns the command that one did not reach. */
async function sweep(postgres: Server, step: number): Promise<number> {
  let completed = 0;
  for (let n = 1; ; n += step) {
    const [claim, walClaim] = [temporaryClaim(), temporaryClaim()];
    const description = { ...container(postgres, { claim, walClaim, initScripts }), killAt: n };
    const pod = await Pod.start(description);
    await Promise.race([pod.exited, state(pod, 'running').catch(() => '')]);
    const { reached } = pod;
    // the n-th and what is beside it never ran
    const calls = pod.commands().slice(0, n - 1);
    if (existsSync(join(claim, `${postgres.major}/docker`))) {
      completed += 1;
      expect(existsSync(join(claim, `${postgres.major}/docker/global/pg_control`))).toBe(true);
    }
    await pod.end();
    expectDurable([...calls, ...await expectWhole(claim, walClaim, postgres)], { wal: true });
    if (reached) continue;
    console.log(`${String(postgres)}: killed at every command number 1 + ${step} k of a first start up to number ${n - 1}; ${completed} of the killed starts had their database in place`);
    return n;
  }
}

test('a first start that is killed at its n-th command, for every n, ends complete or starts over', async () => {
  expect(await sweep(one, 1)).toBeGreaterThan(30);
});

// initdb is called otherwise for the providers of locales of these
test.each([15, 16, 18].map(server))('%s: a first start that is killed at every ninth command ends complete or starts over', async (postgres) => {
  expect(await sweep(postgres, 9)).toBeGreaterThan(30);
});

test('a first start that is killed at any moment, within a command too, ends complete or starts over', async () => {
  const moments = [20, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100];
  for (const pause of moments) {
    const [claim, walClaim] = [temporaryClaim(), temporaryClaim()];
    const pod = await start(one, { claim, walClaim, initScripts });
    await new Promise((resolve) => setTimeout(resolve, pause));
    await pod.end();
    await expectWhole(claim, walClaim);
  }
  console.log(`killed ${moments.join(', ')} ms after a first start began`);
});

test.each([
  ['data volume', false],
  ['data and a WAL volume', true],
])('a later start on a %s that is killed at its n-th command, for every n, loses nothing', async (_, separate) => {
  const claims = { claim: temporaryClaim(), walClaim: separate ? temporaryClaim() : undefined };
  const first = await serving(one, claims);
  await sql(first, 'CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)');
  await first.kill();
  let n = 0;
  let pod: Pod;
  do {
    n += 1;
    pod = await Pod.start({ ...container(one, claims), killAt: n });
    // the agent's commands are among those counted
    await Promise.race([pod.exited, pod.waitForLog('reloaded the configuration').catch(() => undefined)]);
    await pod.end();
  } while (pod.reached);
  console.log(`killed at the n-th command of a start on data of a killed server, n = 1 … ${n - 1}`);
  const last = await start(one, claims);
  await state(last, 'running');
  expect(await sql(last, 'SELECT count(*) FROM kept')).toBe('1000');
  const identifier = await sql(last, 'SELECT system_identifier FROM pg_control_system()');
  if (claims.walClaim) expect(readdirSync(join(claims.walClaim, 'orders-db'))).toEqual([identifier]);
  expect(n).toBeGreaterThan(8);
});
