import { Cron, Size } from 'cdk8s';
import { Database } from './database';
import { Namespace } from './namespace';
import { until } from './wait';
import { Backup, Cpu } from '../../../src';

/** Tables of every kind that a dump has to carry: row security, large objects, another schema. */
const CONTENT = `
  CREATE TABLE orders (id int PRIMARY KEY, note text);
  INSERT INTO orders SELECT n, md5(n::text) || ' “ä' FROM generate_series(1, 20000) n;
  ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
  ALTER TABLE orders FORCE ROW LEVEL SECURITY;
  CREATE POLICY few ON orders USING (id < 10);
  CREATE SCHEMA private;
  CREATE TABLE private.keys (id int, value bytea);
  INSERT INTO private.keys SELECT n, sha256(n::text::bytea) FROM generate_series(1, 500) n;
  SELECT lo_from_bytea(0, 'a large object');
`;

/** Everything in one line per table, so that two databases can be compared; as superuser, whom no policy hides rows from. */
export const FINGERPRINT = `
  SELECT count(*), md5(string_agg(id || ':' || note, ',' ORDER BY id)) FROM orders;
  SELECT count(*), md5(string_agg(id || ':' || encode(value, 'hex'), ',' ORDER BY id)) FROM private.keys;
  SELECT count(*), min(convert_from(lo_get(oid), 'UTF8')) FROM pg_largeobject_metadata;
  SELECT tablename, policyname, qual FROM pg_policies;
`;

/** Backups that only run by hand. */
export const backups = [Backup.logical({ schedule: Cron.annually(), resources: { cpu: Cpu.millis(50), memory: Size.mebibytes(128) } })];

/** Fills the database of that name as its owner, who has the same name. */
export async function fill(database: Database, name: string): Promise<void> {
  await database.exec('psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1', '-U', name, '-d', name, '-c', CONTENT);
}

/** Lets somebody read whom the dump of the globals has to carry. */
export async function addAuditor(database: Database, name: string): Promise<void> {
  await database.sql('CREATE ROLE auditor LOGIN PASSWORD \'audits\'; GRANT SELECT ON orders TO auditor', name);
}

/** A Job that has ended as it should; one that has not is told with its log at once. */
export async function ended(namespace: Namespace, name: string, wanted: 'Complete' | 'Failed'): Promise<any> {
  const job = await until(`Job ${name} has ended`, 240, async () => {
    const found = await namespace.find('job', name);
    return conditionOf(found) ? found : undefined;
  });
  if (conditionOf(job) !== wanted) throw new Error(`Job ${name} is ${conditionOf(job)}: ${await jobLog(namespace, name)}`);
  return job;
}

export async function jobLog(namespace: Namespace, name: string): Promise<string> {
  return namespace.run(['logs', '--selector', `job-name=${name}`, '--tail=-1']);
}

function conditionOf(job: any): string | undefined {
  return (job?.status.conditions ?? []).find(({ type, status }: any) => ['Complete', 'Failed'].includes(type) && status === 'True')?.type;
}
