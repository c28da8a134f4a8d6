import { BARE, fill, forget, sizeOf, startDatabase } from './database';
import type { Pair } from './statistics';

/** Seconds of each, and how large the database was in mebibytes. */
export interface Clones {
  readonly pairs: readonly Pair<number>[];
  readonly mebibytes: number;
}

/** Ends as soon as a replica streams, which a session on the server sees sooner and cheaper than one after the other from outside. */
const UNTIL_STREAMING = `DO $$ BEGIN
  LOOP
    PERFORM FROM pg_stat_replication WHERE application_name = 'orders-db-1' AND state = 'streaming';
    EXIT WHEN FOUND;
    PERFORM pg_sleep(0.02);
    PERFORM pg_stat_clear_snapshot();
  END LOOP;
END $$`;

/** What a person would do by hand: a copy over the same network onto the same disk, checked and made durable. */
const BY_HAND = `set -e
copy=/var/lib/postgresql/copy
PGPASSWORD=$(</etc/cdk8s-postgres/credentials/replication-password)
export PGPASSWORD
pg_basebackup -d 'host=orders-db-0.orders-db-headless user=replicator' -D "$copy" -X stream -c fast --no-sync
pg_verifybackup -q "$copy"
sync -f "$copy"`;

/** Copies of one database, from the empty volume to a replica that streams, in turn with copies by hand. */
export async function measureClones(major: number, mebibytes: number, count: number): Promise<Clones> {
  const pods = await startDatabase(major);
  try {
    await fill(pods, mebibytes);
    pods.declare({ instances: BARE + 1 });
    await pods.startPod(BARE);
    const ours = async (): Promise<number> => {
      await pods.sql(0, 'CHECKPOINT');
      const start = performance.now();
      const streams = pods.sql(0, UNTIL_STREAMING);
      await pods.startPod(1);
      await streams;
      const seconds = (performance.now() - start) / 1000;
      await forget(pods, 1);
      return seconds;
    };
    const baseline = async (): Promise<number> => {
      await pods.sql(0, 'CHECKPOINT');
      const start = performance.now();
      const { status, stderr } = await pods.pod(BARE).exec(['bash', '-c', BY_HAND]);
      const seconds = (performance.now() - start) / 1000;
      if (status !== 0) throw new Error(`the copy by hand ended with status ${status}: ${stderr}`);
      await pods.pod(BARE).exec(['rm', '-rf', '/var/lib/postgresql/copy']);
      return seconds;
    };
    // what the first of all finds is not what the others find
    await baseline();
    const pairs: Pair<number>[] = [];
    for (let index = 0; index < count; index++) {
      const first = await (index % 2 === 0 ? ours() : baseline());
      const second = await (index % 2 === 0 ? baseline() : ours());
      pairs.push(index % 2 === 0 ? { ours: first, baseline: second } : { ours: second, baseline: first });
    }
    return { pairs, mebibytes: await sizeOf(pods) };
  } finally {
    await pods.end();
  }
}
