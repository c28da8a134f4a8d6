import { Claim, Database, Finished, scripts } from './backup-fixture';
import { open, runRestore } from './restore-fixture';
import { Server, server, servers } from '../support/servers';

/** A compression that every server of the tests knows; the images know all. */
const common = scripts((text) => text.replace('in zstd:1 lz4:1 gzip:1', 'in gzip:1'));
const sameMajor = servers.map((each) => [each, each] as const);

/** As adoption leaves a server: the role that made it has another name, and `postgres` is one that was made later. */
const adopted = `ALTER ROLE postgres RENAME TO shop_before; CREATE ROLE postgres SUPERUSER LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS;
  ALTER ROLE helper NOSUPERUSER`;
const grants = `CREATE ROLE helper SUPERUSER LOGIN; CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'old'; CREATE ROLE asleep SUPERUSER PASSWORD 'old';
  CREATE ROLE team; CREATE ROLE boss LOGIN PASSWORD 'x'; CREATE ROLE member; GRANT team TO boss WITH ADMIN OPTION; GRANT pg_monitor TO team;
  GRANT team TO member GRANTED BY boss; GRANT SET ON PARAMETER log_statement TO boss WITH GRANT OPTION`;

async function restored(from: Server, into: Server, there = ''): Promise<{ target: Database; finished: Finished }> {
  const source = await Database.start(from, grants);
  await source.sql(adopted, 'postgres', 'helper');
  await source.sql('GRANT SET ON PARAMETER log_min_messages TO member; SET ROLE boss; GRANT SET ON PARAMETER log_statement TO member; RESET ROLE; GRANT member TO admin');
  const claim = new Claim();
  expect(await claim.run(source, { files: common })).toMatchObject({ status: 0 });
  await source.pod.end();
  const target = await open(await Database.start(into, there, { role: false }));
  return { target, finished: await runRestore(claim, target) };
}

const rights = `SELECT pg_has_role('boss', 'team', 'USAGE WITH ADMIN OPTION'), pg_has_role('member', 'team', 'MEMBER'), pg_has_role('team', 'pg_monitor', 'MEMBER'),
  has_parameter_privilege('boss', 'log_statement', 'SET WITH GRANT OPTION'), has_parameter_privilege('member', 'log_statement', 'SET')`;

test.each([...sameMajor, [server(15), server(18)] as const])('the memberships of a server of %s that was adopted are restored into %s, and the grantors who may grant', async (from, into) => {
  const { target, finished: { status, log } } = await restored(from, into);
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  expect(await target.sql(rights)).toBe('t|t|t|t|t\n');
  // the dumps of 15 put a grant before the right to it
  const grantor = "SELECT grantor::regrole FROM pg_auth_members WHERE roleid = 'team'::regrole AND member = 'member'::regrole";
  if (from.major >= 16) expect(await target.sql(grantor)).toBe('boss\n');
  expect(log).toContain('of these, superusers who can log in over the network, unlike postgres: admin; docs/runbooks/roles.md tells how to take that away\n');
  await target.pod.end();
});

test('a privilege on a parameter is restored whose grantor exists here and may not grant', async () => {
  const { target, finished: { status, log } } = await restored(server(17), server(17), 'CREATE ROLE boss; CREATE ROLE team');
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  expect(await target.sql("SELECT has_parameter_privilege('member', 'log_statement', 'SET'), has_parameter_privilege('boss', 'log_statement', 'SET')")).toBe('t|f\n');
});
