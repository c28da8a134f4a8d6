import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cluster, streaming, synthesize, write } from './replicas-fixture';
import { Cluster, ClusterOptions } from '../support/cluster';
import { Server } from '../support/servers';

type Props = Parameters<typeof synthesize>[1];

/** Adds the rows of that range to `kept`, each in a transaction of its own, on whatever server. */
export async function insert(pods: Cluster, ordinal: number, first: number, last: number): Promise<void> {
  const rows = Array.from({ length: last - first + 1 }, (_, index) => `INSERT INTO kept VALUES (${first + index});\n`);
  await pods.sql(ordinal, rows.join(''));
}

/** Promotes a replica by hand, as nothing in the pod ever does. */
export async function promote(pods: Cluster, ordinal: number): Promise<void> {
  await pods.sql(ordinal, 'SELECT pg_promote()');
}

/** Declares a promoted replica to be the primary and has its pod begin anew as such. */
export async function declarePrimary(pods: Cluster, ordinal: number): Promise<void> {
  pods.declare({ primary: ordinal });
  await pods.restart(ordinal);
  await pods.waitFor(async () => (await pods.readiness(ordinal)).status === 0, { timeout: 120_000, what: `a ready primary ${ordinal}` });
}

/**
 * Two pods with ten rows. Then pod 0 was cut off, wrote rows 11 to 35 that nobody else has, and its node was lost; pod 1 was promoted and
 * wrote rows 101 to 110. Pod 0 is gone, its claim is there, and the topology names it still.
 */
export async function diverged(server: Server, props: Props = {}, options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const pods = await streaming(server, { instances: 2, ...props }, options);
  await write(pods, 10);
  await pods.waitForStreaming();
  await loseTail(pods);
  await promote(pods, 1);
  await insert(pods, 1, 101, 110);
  return pods;
}

/** Three pods with ten rows. Then the node of pod 0 was lost; pod 1 was promoted, is declared, and wrote rows 101 to 110; pod 2 began anew. */
export async function succeeded(server: Server): Promise<Cluster> {
  const pods = await streaming(server);
  await write(pods, 10);
  await pods.waitForStreaming();
  await pods.killPod(0);
  await promote(pods, 1);
  await declarePrimary(pods, 1);
  await insert(pods, 1, 101, 110);
  await pods.restart(2);
  return pods;
}

/** Cuts the two pods from each other, lets pod 0 write 25 rows of its own, and loses its node. */
export async function loseTail(pods: Cluster): Promise<void> {
  // the path ends with the replica's: with that of pod 0 it would end before pod 0's kernel has given up sending
  pods.cut(1);
  await insert(pods, 0, 11, 35);
  await pods.killPod(0);
  pods.heal(1);
}

/** What `rows` says after the tail of pod 0 was lost: rows 1 to 10 and 101 to 110. */
export const SURVIVING = '20|1110';
/** What `rows` says on a copy that has that tail. */
export const TAIL = '35|630';

/** The folders on a claim that keep what was replaced or taken back. */
export function keptAside(pods: Cluster, ordinal: number): { readonly copies: string[]; readonly wal: string[] } {
  const claim = pods.claim(ordinal);
  const [major] = readdirSync(claim).filter((name) => /^\d+$/.test(name));
  return {
    copies: readdirSync(`${claim}/${major}`).filter((name) => name !== 'docker').map((name) => `${claim}/${major}/${name}`),
    wal: readdirSync(claim).filter((name) => name.startsWith('diverged-')).map((name) => `${claim}/${name}`),
  };
}

/** How many transactions can be read from the log that a rewind kept in that folder; its summary says the same. */
export async function keptTransactions(server: Server, folder: string): Promise<number> {
  const summary = readFileSync(join(folder, 'summary'), 'utf8');
  const [timeline, start, said] = ['timeline', 'forked_at', 'committed_transactions'].map((name) => new RegExp(`^${name}=(.+)$`, 'm').exec(summary)![1]);
  const { bin } = await server.bring();
  // it complains about the record behind the last one
  const { stdout } = spawnSync(join(bin, 'pg_waldump'), ['--path', folder, '--timeline', timeline, '--start', start, '--rmgr', 'Transaction'], { encoding: 'utf8' });
  const transactions = stdout.split('desc: COMMIT').length - 1;
  expect(said).toBe(String(transactions));
  return transactions;
}

/** A database of the same name on a claim of its own, made by somebody else: its claim. */
export async function foreignClaim(server: Server): Promise<string> {
  const pods = await cluster(server, { instances: 1 });
  await pods.waitFor(async () => (await pods.readiness(0)).status === 0, { timeout: 120_000, what: 'a database of somebody else' });
  await pods.sql(0, 'CREATE TABLE somebody_elses AS SELECT 1 AS id');
  await pods.stopPod(0);
  const claim = pods.claim(0);
  await pods.end();
  return claim;
}
