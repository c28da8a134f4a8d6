import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATIENCE, pause, primaries } from './switchover-fixture';
import { Cluster } from '../support/cluster';

/** For so many seconds nobody, or only that pod, writes. */
export async function stays(pods: Cluster, expected: number[], seconds = 4): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    expect(await primaries(pods)).toEqual(expected);
    await pause(300);
  }
}

/** Whether a pod's server has that replication slot: its folder tells, whoever answers. */
export function hasSlot(pods: Cluster, ordinal: number, slot: string): boolean {
  return existsSync(join(pods.claim(ordinal), '17/docker/pg_replslot', slot));
}

export async function slotThere(pods: Cluster, ordinal: number, slot: string): Promise<void> {
  await pods.waitFor(() => hasSlot(pods, ordinal, slot), { timeout: PATIENCE, what: `a slot ${slot} on pod ${ordinal}` });
}

export async function makeSlot(pods: Cluster, ordinal: number, slot: string): Promise<void> {
  await pods.sql(ordinal, `SELECT pg_create_physical_replication_slot('${slot}')`);
}

export async function dropSlot(pods: Cluster, ordinal: number, slot: string): Promise<void> {
  await pods.sql(ordinal, `SELECT pg_drop_replication_slot('${slot}')`);
}

/** Waits until a pod has a process with that command; its number on this machine. */
export async function processIn(pods: Cluster, ordinal: number, command: RegExp): Promise<number> {
  const found = () => pods.pod(ordinal).processes().find((one) => command.test(one.command.join(' ')))?.hostPid;
  return pods.waitFor(found, { timeout: PATIENCE, what: `a process ${command} in pod ${ordinal}` });
}

/** Stops the process with that command as a machine that is slow would; what has it go on. */
export async function hold(pods: Cluster, ordinal: number, command: RegExp): Promise<() => void> {
  const found = await processIn(pods, ordinal, command);
  process.kill(found, 'SIGSTOP');
  return () => goOn(found);
}

/** Also who had it run from outside of the pod, which stops with it. */
function goOn(held: number): void {
  const parent = /^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${held}/stat`, 'utf8'))![1];
  process.kill(held, 'SIGCONT');
  process.kill(Number(parent), 'SIGCONT');
}

/** Waits until a process that is held has been told to end; of two signals that wait for it, it heeds this one. */
export async function toldToEnd(pods: Cluster, held: number): Promise<void> {
  // the 15th bit
  const told = () => /^(?:Sig|Shd)Pnd:.*[4-7c-f][0-9a-f]{3}$/m.test(readFileSync(`/proc/${held}/status`, 'utf8'));
  await pods.waitFor(told, { timeout: PATIENCE, what: `a process ${held} that is told to end` });
}

/** Whoever is killed next has that much to replay: long enough that its recovery is seen. */
export async function makeRecoveryLong(pods: Cluster): Promise<void> {
  await pods.sql(pods.primary, 'CREATE TABLE to_replay (id int PRIMARY KEY); INSERT INTO to_replay SELECT generate_series(1, 400000)');
  await pods.waitForStreaming();
}

const waits = `SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver) AND
  EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval'))`;

/** Stops the recovery of a standby that receives nothing and has replayed all it has: a promotion is told to it and does not come to its end. */
export async function holdRecovery(pods: Cluster, ordinal: number): Promise<() => void> {
  return pods.waitFor(async () => {
    const recover = await hold(pods, ordinal, /^postgres: .*startup/);
    if (await pods.sql(ordinal, waits) === 't') return recover;
    recover();
    return undefined;
  }, { timeout: PATIENCE, what: `a recovery of pod ${ordinal} that waits` });
}

/** Waits until the server of a pod has been told to promote itself. */
export async function toldToPromote(pods: Cluster, ordinal: number): Promise<void> {
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'Promote'";
  const told = async () => existsSync(join(pods.claim(ordinal), '17/docker/promote')) && await pods.sql(ordinal, waiting) === '1';
  await pods.waitFor(told, { timeout: PATIENCE, what: `a promotion of pod ${ordinal} that is under way` });
}

/** The session that waits for the promotion ends; the promotion goes on. */
export async function endPromotion(pods: Cluster, ordinal: number): Promise<void> {
  await pods.sql(ordinal, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'Promote'");
}
