import { BARE, pause, startReplicated } from './database';
import { timeIn } from './log-time';
import { firstCommit } from './switchover';
import { checkRows, Commit, now, Writer } from './writer';
import type { Cluster } from '../../test/support/cluster';

/** Seconds of one forced failover. */
export interface Failover {
  /** From the server's word that it is being promoted to the first row that it has confirmed. */
  readonly write: number;
  /** From the person's command to that row. */
  readonly command: number;
  /** The whole run of fail-over.sh. */
  readonly whole: number;
}

export const FAIL_OVER = ['bash', '/opt/cdk8s-postgres/fail-over.sh', '--force'];

/** The node of the primary is lost, the other pod is declared, a person forces the failover; then the lost one comes back, and it begins anew. */
export async function measureFailovers(major: number, count: number): Promise<Failover[]> {
  const pods = await startReplicated(major, BARE);
  try {
    await Writer.prepare(pods);
    await pods.waitForStreaming({ ordinals: [1] });
    const done: Failover[] = [];
    for (let index = 0; index < count; index++) done.push(await failOver(pods));
    return done;
  } finally {
    await pods.end();
  }
}

async function failOver(pods: Cluster): Promise<Failover> {
  const [lost, survivor] = [pods.primary, 1 - pods.primary];
  await pods.killPod(lost);
  pods.declare({ primary: survivor });
  const writer = await Writer.start(pods, [survivor]);
  await pause(2);
  const asked = now();
  await force(pods, survivor);
  const whole = now() - asked;
  const first = await firstCommit(pods, writer, survivor, asked);
  await writer.stop();
  await pods.startPod(lost);
  await pods.waitForStreaming({ ordinals: [lost], timeout: 120_000 });
  await checkRows(pods, writer.commits);
  return { write: first.at - promotionIn(pods, survivor, first), command: first.at - asked, whole };
}

/** Has a person's failover in that pod done, which must succeed. */
export async function force(pods: Cluster, ordinal: number): Promise<void> {
  const { status, stdout, stderr } = await pods.pod(ordinal).exec(FAIL_OVER);
  if (status !== 0) throw new Error(`the failover ended with status ${status}: ${stdout}${stderr}`);
}

function promotionIn(pods: Cluster, ordinal: number, first: Commit): number {
  const log = pods.pod(ordinal).logs();
  const at = timeIn(log, / received promote request/);
  if (!(at <= first.at)) throw new Error(`the log does not tell when the server was promoted:\n${log}`);
  return at;
}
