import { change, describePod, OWNER_PASSWORD, Program } from './declared-fixture';
import { sql, state } from './fixture';
import { Credentials } from '../../src';
import { Pod } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(120_000);

const PASSWORD = 'of-replicas';
const program: Program = { props: { credentials: Credentials.unsafePlainText({ password: OWNER_PASSWORD, replicationPassword: PASSWORD }) } };

/** As a replica over the network, in that database or, without one, for physical replication: what it printed, or the error. */
async function asReplica(pod: Pod, text: string, target: string): Promise<string> {
  const { status, stdout, stderr } = await pod.exec(
    ['psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1', `host=127.0.0.1 user=replicator ${target}`, '-c', text], { env: { PGPASSWORD: PASSWORD } });
  return status === 0 ? stdout.trim() : `refused: ${stderr.trim()}`;
}

test.each(servers)('%s lets the role of replicas do what a replica does', async (postgres) => {
  const pod = await Pod.start(describePod(postgres, program));
  await state(pod, 'running');
  const system = await sql(pod, 'SELECT system_identifier FROM pg_control_system()');
  expect(await asReplica(pod, 'IDENTIFY_SYSTEM', 'replication=true')).toMatch(new RegExp(`^${system}\\|1\\|`));
  expect(await asReplica(pod, 'SHOW in_hot_standby', 'replication=true')).toBe('off');
  const ask = (text: string): Promise<string> => asReplica(pod, text, 'dbname=postgres');
  expect(await ask("SELECT slot_name FROM pg_create_physical_replication_slot('pod_1', true)")).toBe('pod_1');
  expect(await ask("SELECT slot_name FROM pg_drop_replication_slot('pod_1') AS slot_name")).not.toContain('refused');
  expect(await ask('SELECT pg_try_advisory_lock(1)')).toBe('t');
  expect(await ask('CHECKPOINT')).toBe('');
  expect(await ask('SELECT count(*) > 0 FROM pg_ls_waldir()')).toBe('t');
  // what pg_rewind asks of its source
  expect(await ask("SELECT count(*) > 0 FROM pg_ls_dir('global', true, false)")).toBe('t');
  expect(await ask("SELECT (pg_stat_file('global/pg_control', true)).size")).toBe('8192');
  expect(await ask("SELECT length(pg_read_binary_file('global/pg_control'))")).toBe('8192');
  expect(await ask("SELECT length(pg_read_binary_file('global/pg_control', 0, 16, true))")).toBe('16');
  await pod.end();
});

test('the role of replicas does nothing else, and gets back what it lost', async () => {
  const postgres = server(17);
  const pod = await Pod.start(describePod(postgres, program));
  await state(pod, 'running');
  await pod.waitForLog('applied the declared roles, passwords and databases');
  expect(await asReplica(pod, 'SELECT 1', 'dbname=app')).toMatch(/pg_hba\.conf rejects connection/);
  for (const forbidden of ['CREATE TABLE a ()', 'CREATE DATABASE a', "SELECT pg_read_file('PG_VERSION')", 'TABLE pg_authid', 'SELECT pg_reload_conf()']) {
    expect(await asReplica(pod, forbidden, 'dbname=postgres')).toMatch(/refused: ERROR: +permission denied/);
  }
  const rights = `SELECT rolcanlogin, rolreplication, rolsuper, has_database_privilege('replicator', 'postgres', 'CONNECT'),
    has_function_privilege('replicator', 'pg_read_binary_file(text)', 'EXECUTE') FROM pg_roles WHERE rolname = 'replicator'`;
  const touched = "SELECT xmin FROM pg_proc WHERE oid = 'pg_ls_dir(text, boolean, boolean)'::regprocedure";
  const before = await sql(pod, touched);
  await sql(pod, `ALTER ROLE replicator NOLOGIN NOREPLICATION; REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
    REVOKE EXECUTE ON FUNCTION pg_read_binary_file(text) FROM replicator; REVOKE CONNECT ON DATABASE postgres FROM replicator`);
  expect(await sql(pod, rights)).toBe('f|f|f|f|f');
  change(pod, postgres, program);
  await pod.waitFor(async () => await sql(pod, rights) === 't|t|f|t|t', { what: 'the rights of the role of replicas' });
  // what was there was left alone
  expect(await sql(pod, touched)).toBe(before);
  await pod.end();
});

test('one pod without the key of the role of replicas says nothing of it, and nobody can log in as it', async () => {
  const pod = await Pod.start(describePod(server(17), {}));
  await state(pod, 'running');
  await pod.waitForLog('applied the declared roles, passwords and databases');
  expect(pod.logs()).not.toMatch(/replicator|replication-password/);
  expect(await sql(pod, "SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'replicator'")).toBe('t');
  await pod.end();
});
