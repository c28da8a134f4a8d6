import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster, ClusterOptions } from '../support/cluster';
import { copiedClaim } from '../support/pod';
import { sharedDirectory } from '../support/pod/temporary';

/**
 * Pods with volumes as they are after the first start, all of them streaming. That takes ten seconds, and hundreds of tests begin with it: it is done
 * once in a run for each program, and everybody else gets copies of the volumes.
 */
export async function fromTemplate(name: string, options: ClusterOptions): Promise<Cluster> {
  const directory = sharedDirectory(`template-${name}`);
  if (!existsSync(directory)) await makeTemplate(directory, options);
  // a pod that is added, or whose claim is made anew, begins with an empty volume
  const first = new Set(readdirSync(directory));
  const volumes = (ordinal: number): Record<string, string> =>
    (first.delete(String(ordinal)) ? { data: copiedClaim(join(directory, String(ordinal))) } : {});
  const cluster = await Cluster.start({ ...options, volumes });
  await cluster.waitForStreaming({ timeout: 180_000 });
  return cluster;
}

/** Of two that make one at the same time, one is thrown away. */
async function makeTemplate(directory: string, options: ClusterOptions): Promise<void> {
  const cluster = await Cluster.start(options);
  await cluster.waitForStreaming({ timeout: 180_000 });
  const ordinals = [...cluster.ordinals].reverse();
  for (const ordinal of ordinals) await cluster.stopPod(ordinal);
  const made = mkdtempSync(`${directory}-`);
  for (const ordinal of ordinals) renameSync(copiedClaim(cluster.claim(ordinal)), join(made, String(ordinal)));
  await cluster.end();
  try {
    renameSync(made, directory);
  } catch {
    rmSync(made, { recursive: true });
  }
}
