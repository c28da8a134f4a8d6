import { rows } from './replicas-fixture';
import { Cluster } from '../support/cluster';

export { insert } from './promotion-fixture';
export { self, streaming, write } from './replicas-fixture';

/** The rows of all pods, once they stream. */
export async function everywhere(pods: Cluster): Promise<string[]> {
  await pods.waitForStreaming();
  return Promise.all(pods.ordinals.map(async (ordinal) => rows(pods, ordinal)));
}
