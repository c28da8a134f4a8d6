import { Claim, Database } from './backup-fixture';
import { withExtension } from './extension-fixture';
import { open, runRestore } from './restore-fixture';
import { servers } from '../support/servers';

/** As pg_cron and PostGIS do: a table for rows of users, in which the extension has rows of its own, and a sequence. */
const extension = `
  CREATE TABLE jobs (id int, own bool); INSERT INTO jobs VALUES (1, true); CREATE SEQUENCE numbers; CREATE TABLE "odd 'one" (id int);
  SELECT pg_catalog.pg_extension_config_dump('jobs', 'WHERE NOT own'); SELECT pg_catalog.pg_extension_config_dump('numbers', '');
  SELECT pg_catalog.pg_extension_config_dump('"odd ''one"', '');
`;
const onlyOrders = { env: { PGSTS_RESTORE_DATABASE: 'orders' } };
const everyJob = 'SELECT string_agg(id::text, \',\' ORDER BY id) FROM jobs';

test.each(servers)('%s: rows in a table of an extension are contents, and what the extension itself has put there is none', async (under) => {
  const mounts = [await withExtension(under, 'scheduler', extension)];
  const source = await Database.start(under, 'CREATE DATABASE orders', { mounts });
  await source.sql('CREATE EXTENSION scheduler; INSERT INTO jobs VALUES (2, false)', 'orders');
  const claim = new Claim();
  expect(await claim.run(source)).toMatchObject({ status: 0 });
  await source.pod.end();

  const target = await open(await Database.start(under, 'CREATE DATABASE orders', { mounts, role: false }));
  await target.sql('CREATE EXTENSION scheduler; INSERT INTO jobs VALUES (3, false)', 'orders');
  const refused = await runRestore(claim, target, onlyOrders);
  expect([refused.status, refused.last]).toEqual([1, expect.stringContaining(
    'the database "orders" is not empty (rows in 1 tables of extensions such as public.jobs); nothing was changed')]);
  expect(await target.sql(everyJob, 'orders')).toBe('1,3\n');

  await target.sql('DELETE FROM jobs WHERE id = 3; INSERT INTO "odd \'one" VALUES (4)', 'orders');
  expect((await runRestore(claim, target, onlyOrders)).last).toContain('such as public."odd \'one")');
  await target.sql('TRUNCATE "odd \'one"', 'orders');
  const { status, log } = await runRestore(claim, target, onlyOrders);
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  expect(await target.sql(everyJob, 'orders')).toBe('1,2\n');
  await target.pod.end();
});
