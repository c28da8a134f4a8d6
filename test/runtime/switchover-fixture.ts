import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { streaming } from './replicas-fixture';
import { Writers } from './switchover-writers';
import { Cluster, ClusterOptions } from '../support/cluster';
import { Server } from '../support/servers';

export { Writers } from './switchover-writers';

type Props = Parameters<typeof streaming>[1];

/** Longer than anything here lasts on a machine that is busy. */
export const PATIENCE = 120_000;
export const pause = async (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export interface Written {
  readonly pods: Cluster;
  readonly writers: Writers;
}

/** Three pods that stream, with a client on each. */
export async function written(server: Server, props: Props = {}, options: Partial<ClusterOptions> = {}): Promise<Written> {
  const pods = await streaming(server, props, options);
  const writers = await Writers.start(pods);
  await writers.confirmed(0);
  return { pods, writers };
}

/** Declares another primary and waits until that has taken over and all others stream from it. */
export async function moveTo(pods: Cluster, primary: number): Promise<void> {
  pods.declare({ primary });
  await settled(pods);
}

/** Waits until all pods stream from the declared primary and nothing is left of a hand-over. */
export async function settled(pods: Cluster): Promise<void> {
  const { primary } = pods;
  // a question that no standby logs an error for
  await pods.waitFor(async () => (await primaries(pods)).includes(primary), { timeout: PATIENCE, what: `a primary ${primary}` });
  await pods.waitForStreaming({ timeout: PATIENCE });
  const others = pods.ordinals.filter((ordinal) => ordinal !== primary);
  // also that of a pod that is away
  const slots = [0, 1, 2].filter((ordinal) => ordinal !== primary).map((ordinal) => `pod_${ordinal}`);
  const expected = { [primary]: `f:${slots.join()}`, ...Object.fromEntries(others.map((ordinal) => [ordinal, 't:'])) };
  let found = {};
  const left = async () => {
    found = Object.fromEntries(await Promise.all(pods.ordinals.map(async (ordinal) => [ordinal, await roleAndSlots(pods, ordinal)])));
    return JSON.stringify(found) === JSON.stringify(expected) && pods.ordinals.every((ordinal) => !existsSync(steppedDown(pods, ordinal)));
  };
  await pods.waitFor(left, { timeout: 60_000, what: `nothing left of a hand-over, but ${JSON.stringify(expected)}` }).catch((error) => {
    throw new Error(`found ${JSON.stringify(found)}: ${String(error)}`);
  });
}

/** The file of a pod that was the primary last. */
export function steppedDown(pods: Cluster, ordinal: number): string {
  return join(pods.claim(ordinal), '.stepped-down');
}

/** `t:` of a standby, `f:` of a primary, and the slots that it has. */
export async function roleAndSlots(pods: Cluster, ordinal: number): Promise<string> {
  return pods.sql(ordinal, "SELECT pg_is_in_recovery()::text::char || ':' || (SELECT coalesce(string_agg(slot_name, ',' ORDER BY slot_name), '') FROM pg_replication_slots)");
}

/** The pods whose server writes, of those that answer. */
export async function primaries(pods: Cluster): Promise<number[]> {
  const said = await Promise.all(pods.ordinals.map(async (ordinal) => pods.sql(ordinal, 'SELECT pg_is_in_recovery()').catch(() => '')));
  return pods.ordinals.filter((_, index) => said[index] === 'f');
}

/** What a pod has said since then. */
export function logOf(pods: Cluster, ordinal: number, begin: readonly number[] = []): string {
  return pods.pod(ordinal).logs().slice(begin[ordinal] ?? 0);
}

/** How much each pod has said by now. */
export function logsNow(pods: Cluster): number[] {
  return pods.ordinals.map((ordinal) => pods.pod(ordinal).logs().length);
}

/** Waits until a pod has said that, from then on. */
export async function says(pods: Cluster, ordinal: number, text: string | RegExp, begin: readonly number[] = []): Promise<void> {
  const found = () => (typeof text === 'string' ? logOf(pods, ordinal, begin).includes(text) : text.test(logOf(pods, ordinal, begin)));
  await pods.pod(ordinal).waitFor(found, { timeout: PATIENCE, what: `"${text}" in the log of pod ${ordinal}` });
}

/** Ends the writers and compares what they were told with what all pods have. */
export async function expectKept(pods: Cluster, writers: Writers): Promise<void> {
  await writers.stop();
  await settled(pods);
  const refused = new Set(writers.attempts.filter(({ outcome }) => outcome === 'refused').map(({ id }) => id));
  const found = await Promise.all(pods.ordinals.map(async (ordinal) => (await pods.sql(ordinal, 'SELECT id FROM written ORDER BY id')).split('\n').map(Number)));
  for (const ids of found) {
    const there = new Set(ids);
    expect(writers.acknowledged().filter((id) => !there.has(id))).toEqual([]);
    expect(ids.filter((id) => refused.has(id))).toEqual([]);
    expect(ids).toEqual(found[0]);
  }
  expect(await primaries(pods)).toEqual([pods.primary]);
  // nobody wrote beside another
  for (const [timeline, ordinals] of Object.entries(writers.timelines())) expect([timeline, ordinals.length]).toEqual([timeline, 1]);
}

/** No copy was made anew or rewound since then. */
export function expectNoCopies(pods: Cluster, begin: readonly number[]): void {
  for (const ordinal of pods.ordinals) expect(logOf(pods, ordinal, begin)).not.toMatch(/ prepare: (clone|rejoin): /);
}

/** The first processes of the containers, which change with every restart. */
export function containers(pods: Cluster): number[] {
  return pods.ordinals.map((ordinal) => pods.pod(ordinal).hostPid);
}

/** The pods that have written, in the order of the timelines. */
export function order(writers: Writers): number[] {
  return Object.values(writers.timelines()).map(([ordinal]) => ordinal);
}

/** The program that moves the primary, in a pod that is to take over or to step down. */
export function switchoverProcess(pods: Cluster, ordinal: number): number {
  const found = pods.pod(ordinal).processes().find(({ command }) => command.join(' ') === 'bash /opt/cdk8s-postgres/switchover.sh');
  if (!found) throw new Error(`no switchover is under way in pod ${ordinal}`);
  return found.hostPid;
}

/** Pod 1 is declared and does nothing; pod 0 has stepped down and offers it the right to be the primary. Returns what has pod 1 go on. */
export async function offered(pods: Cluster): Promise<() => void> {
  const begin = logsNow(pods);
  pods.withhold(0);
  pods.declare({ primary: 1 });
  await says(pods, 1, 'switchover: waits for orders-db-0.orders-db-headless to step down', begin);
  const process1 = switchoverProcess(pods, 1);
  process.kill(process1, 'SIGSTOP');
  pods.deliver(0);
  await pods.waitFor(async () => /^t:.*offered_t\d+_to_1/.test(await roleAndSlots(pods, 0)), { timeout: PATIENCE, what: 'a pod 0 that offers' });
  return () => void process.kill(process1, 'SIGCONT');
}

/** What the program of a forced failover says in a pod, and its status. */
export async function failOver(pods: Cluster, ordinal: number, ...options: string[]): Promise<{ status: number | null; said: string }> {
  const { status, stdout, stderr } = await pods.pod(ordinal).exec(['bash', '/opt/cdk8s-postgres/fail-over.sh', ...options]);
  return { status, said: stdout + stderr };
}
