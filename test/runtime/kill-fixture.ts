import { execFileSync } from 'node:child_process';
import { container, currentState, DatabaseOptions, sql } from './fixture';
import { Pod } from '../support/pod';
import { Server } from '../support/servers';

/** Name, kind, mode, owner, size and content of everything below a directory. */
export function fingerprint(directory: string): string {
  const script = 'find . -printf "%P %y %m %U %s %l\\n" | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum';
  return execFileSync('bash', ['-c', script], { cwd: directory, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

/** Waits until the start has come as far as it can. */
async function settled(pod: Pod): Promise<void> {
  await Promise.race([pod.exited, pod.waitForLog(/ supervisor: running\n| prepare: waiting: /)]);
}

/** Starts a container to be killed at its n-th command; returns whether it came to that. */
export async function killed(server: Server, options: DatabaseOptions, n: number): Promise<boolean> {
  const pod = await Pod.start({ ...container(server, options), killAt: n });
  await settled(pod);
  const { reached } = pod;
  await pod.end();
  return reached;
}

/** What the container says without any acknowledgement, the code of its refusal or `running`, and then what the database says. */
export async function unasked(server: Server, options: DatabaseOptions, query: string, database = 'postgres'): Promise<{ outcome: string; answer: string }> {
  const pod = await Pod.start(container(server, options));
  await settled(pod);
  const now = await currentState(pod);
  const answer = now.state === 'running' ? await sql(pod, query, database) : '';
  await pod.end();
  return { outcome: now.state === 'running' ? now.state : now.reason.replace(/:.*/, ''), answer };
}
