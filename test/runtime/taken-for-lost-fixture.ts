import { streaming, write } from './replicas-fixture';
import { failOver, PATIENCE } from './switchover-fixture';
import { Replication } from '../../src';
import type { Cluster } from '../support/cluster';
import type { Server } from '../support/servers';

/** Three pods with ten rows, each on two of them before it was confirmed. */
export async function filledInSync(postgres: Server): Promise<Cluster> {
  const pods = await streaming(postgres, { replication: Replication.synchronous({ quorum: 1 }) });
  await write(pods, 10);
  await pods.waitForStreaming();
  return pods;
}

/** Pod 0 is cut off and goes on as the primary of its side; a person has pod 1 take over. */
export async function takenForLost(pods: Cluster): Promise<void> {
  pods.withhold(0);
  pods.cut(0);
  pods.declare({ primary: 1 });
  await pods.waitFor(async () => (await failOver(pods, 1, '--force')).status === 0, { timeout: PATIENCE, what: 'a failover to pod 1' });
}

/** What pods 1 and 2 have confirmed since, pod 0 lacks. */
export async function writtenSince(postgres: Server): Promise<Cluster> {
  const pods = await filledInSync(postgres);
  await takenForLost(pods);
  await write(pods, 5);
  await pods.waitForStreaming({ ordinals: [2] });
  return pods;
}
