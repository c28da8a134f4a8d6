import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { serving, servingAgain, sql, start, state, walVolume } from './fixture';
import { temporaryClaim } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(120_000);
const one = server(17);

test.each(servers)('%s has its WAL on the WAL volume, in a directory named after the database', async (postgres) => {
  const walClaim = temporaryClaim();
  const pod = await serving(postgres, { walClaim });
  const identifier = await sql(pod, 'SELECT system_identifier FROM pg_control_system()');
  const link = await pod.exec(['readlink', `/var/lib/postgresql/${postgres.major}/docker/pg_wal`]);
  expect(link.stdout.trim()).toBe(`${walVolume}/orders-db/${identifier}`);
  expect(readdirSync(walClaim)).toEqual(['orders-db']);
  expect(readdirSync(join(walClaim, 'orders-db', identifier))).toContain(await sql(pod, 'SELECT pg_walfile_name(pg_current_wal_lsn())'));
  await pod.stop();
  await servingAgain(pod);
  await pod.end();
});

test('a WAL volume of another database is refused, and the right one heals', async () => {
  const [claim, mine, foreign] = [temporaryClaim(), temporaryClaim(), temporaryClaim()];
  await (await serving(one, { claim, walClaim: mine })).end();
  await (await serving(one, { walClaim: foreign })).end();
  const wrong = await start(one, { claim, walClaim: foreign });
  expect(await state(wrong, 'waiting')).toMatch(/^foreign-wal: the WAL of this database is \/var\/lib\/postgresql-wal\/orders-db\/\d+, and no volume that is mounted has it; see docs\/runbooks\/other-cluster.md$/);
  await wrong.end();
  const without = await start(one, { claim });
  await without.waitForLog('foreign-wal: ');
  await without.end();
  const right = await serving(one, { claim, walClaim: mine });
  expect(await sql(right, 'SELECT 1')).toBe('1');
  await right.end();

  const fresh = await start(one, { walClaim: foreign });
  const reason = await state(fresh, 'waiting');
  const found = /PGSTS_ACKNOWLEDGED_CLUSTER=(\S+);/.exec(reason)![1];
  expect(reason).toContain(`foreign-wal: the WAL volume belongs to the database ${found.replace('lost:', '')}, and the data volume holds no database`);
  await fresh.end();
  const acknowledged = await serving(one, { walClaim: foreign, env: { PGSTS_ACKNOWLEDGED_CLUSTER: found } });
  expect(readdirSync(join(foreign, 'orders-db'))).toHaveLength(2);
  await acknowledged.end();
});

test('a WAL volume that is added later leaves the WAL where the link in the data directory says', async () => {
  const claim = temporaryClaim();
  await (await serving(one, { claim })).end();
  const pod = await serving(one, { claim, walClaim: temporaryClaim() });
  expect(pod.logs()).toContain('the WAL stays on the data volume');
});
