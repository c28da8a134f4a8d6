import { BARE, fill, forget, run, sizeOf, startDatabase, untilStreaming } from './database';
import { inTurn, Pair } from './statistics';
import type { Cluster } from '../../test/support/cluster';

/** Seconds of each, and how large the database was in mebibytes. */
export interface Clones {
  readonly pairs: readonly Pair<number>[];
  readonly mebibytes: number;
}

/** What a person would do by hand: a copy over the same network onto the same disk, checked and made durable. */
const BY_HAND = `set -e
copy=/var/lib/postgresql/copy
PGPASSWORD=$(</etc/cdk8s-postgres/credentials/replication-password)
export PGPASSWORD
pg_basebackup -d "host=$0 user=replicator" -D "$copy" -X stream -c fast --no-sync
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
      await Promise.all([pods.startPod(1), untilStreaming(pods, 'orders-db-1')]);
      const seconds = (performance.now() - start) / 1000;
      await forget(pods, 1);
      return seconds;
    };
    const baseline = async (): Promise<number> => copyByHand(pods);
    // what the first of all finds is not what the others find
    await baseline();
    return { pairs: await inTurn(count, ours, baseline), mebibytes: await sizeOf(pods) };
  } finally {
    await pods.end();
  }
}

/** Seconds of a copy of the primary by hand. */
export async function copyByHand(pods: Cluster): Promise<number> {
  await pods.sql(pods.primary, 'CHECKPOINT');
  const start = performance.now();
  await run(pods, BARE, ['bash', '-c', BY_HAND, pods.host(pods.primary)]);
  const seconds = (performance.now() - start) / 1000;
  await run(pods, BARE, ['rm', '-rf', '/var/lib/postgresql/copy']);
  return seconds;
}
