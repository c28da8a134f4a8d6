import { BEGAN, ready, startDatabase } from './database';
import { timeIn } from './log-time';
import type { Cluster } from '../../test/support/cluster';

/** Seconds of one start on a volume that has its database already, after an end in good order. */
export interface Start {
  /** From the container's first instruction to the supervisor's `running`. */
  readonly whole: number;
  /** From the start of the server's process to its own word that it accepts connections. */
  readonly server: number;
  /** What is left: the scripts. */
  readonly scripts: number;
}

/** Normal starts of a primary that has no replicas and of a replica whose primary serves. */
export async function measureStarts(major: number, count: number): Promise<{ readonly single: Start[]; readonly replica: Start[] }> {
  const pods = await startDatabase(major);
  try {
    const single = await startsOf(pods, 0, count);
    pods.declare({ instances: 2 });
    await pods.startPod(1);
    return { single, replica: await startsOf(pods, 1, count) };
  } finally {
    await pods.end();
  }
}

async function startsOf(pods: Cluster, ordinal: number, count: number): Promise<Start[]> {
  const starts: Start[] = [];
  for (let run = 0; run < count; run++) {
    await ready(pods, ordinal);
    const pod = await pods.restart(ordinal);
    await pod.waitForLog(/ supervisor: running$/m, { timeout: 120_000 });
    starts.push(startIn(pod.logs()));
  }
  return starts;
}

/** What a pod's log says about its start. */
export function startIn(log: string): Start {
  const began = Number(new RegExp(`^${BEGAN}([0-9.]+)$`, 'm').exec(log)?.[1]);
  const at = (pattern: RegExp): number => timeIn(log, pattern);
  const started = at(/ supervisor: recovering: /);
  const accepts = at(/ database system is ready to accept (read-only )?connections/);
  const running = at(/ supervisor: running$/);
  const start = { whole: running - began, server: accepts - started, scripts: started - began + running - accepts };
  if (!Object.values(start).every((seconds) => seconds >= 0)) throw new Error(`the log does not tell how the start went:\n${log}`);
  return start;
}
