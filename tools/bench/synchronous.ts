import { manifestsOf, run, startReplicated } from './database';
import { inTurn, Pair } from './statistics';
import type { Cluster } from '../../test/support/cluster';
import { Server, server } from '../../test/support/servers';

const INSTANCES = 3;
/** How many clients there are, and what they need to tell their result. */
const PGBENCH = ['pgbench', '-U', 'postgres', '-n', '-c', '8', '-j', '2', 'orders'];

/** Transactions a second of TPC-B, in turn with each of them confirmed by one of two replicas and by none. */
export async function measureSynchronous(major: number, scale: number, seconds: number, count: number): Promise<Pair<number>[]> {
  const pods = await startReplicated(major, INSTANCES);
  try {
    await run(pods, 0, ['pgbench', '-U', 'postgres', '-i', '-q', '-s', String(scale), 'orders']);
    const measure = async (names: string): Promise<number> => {
      await setNames(pods, server(major), names);
      return transactions(pods, seconds);
    };
    const ours = async (): Promise<number> => measure('ANY 1 ("orders-db-0","orders-db-1","orders-db-2")');
    const baseline = async (): Promise<number> => measure('');
    await transactions(pods, seconds);
    return await inTurn(count, ours, baseline);
  } finally {
    await pods.end();
  }
}

/** Applies it, and waits until the server goes by it. */
async function setNames(pods: Cluster, measured: Server, names: string): Promise<void> {
  pods.apply(manifestsOf(measured, INSTANCES, `synchronous_standby_names = '${names}'\n`));
  await pods.waitFor(async () => await pods.sql(0, 'SHOW synchronous_standby_names') === names, { what: 'a server that goes by what was applied' });
  await pods.sql(0, 'CHECKPOINT');
  await pods.waitForStreaming();
}

async function transactions(pods: Cluster, seconds: number): Promise<number> {
  const said = await run(pods, 0, [...PGBENCH, '-T', String(seconds)]);
  const tps = Number(/^tps = ([0-9.]+)/m.exec(said)?.[1]);
  if (!(tps > 0)) throw new Error(`pgbench does not tell how many transactions there were: ${said}`);
  return tps;
}
