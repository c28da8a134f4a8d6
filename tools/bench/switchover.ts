import { BARE, clientEnvironment, connection, pause, run, startReplicated } from './database';
import { timeIn } from './log-time';
import { checkRows, Commit, longestGap, now, Writer } from './writer';
import type { Cluster } from '../../test/support/cluster';

/** Seconds of one planned hand-over. */
export interface HandOver {
  /** The longest time in which the client had no row confirmed. */
  readonly gap: number;
  /** From the declaration to the first row that the new primary has confirmed. */
  readonly moved: number;
  /** Where the gap went, by the logs of both pods. */
  readonly parts: Parts;
}

export interface Parts {
  /** From the order to stop to the end of the server's files. */
  readonly stop: number;
  /** From there until it takes connections as a standby. */
  readonly back: number;
  /** From there until the other one is told to promote itself. */
  readonly claim: number;
  /** From there to the first row. */
  readonly promotion: number;
}

export interface Switchovers {
  readonly idle: readonly HandOver[];
  readonly loaded: readonly HandOver[];
}

/** Clients that come back as often as they lose their server. */
const LOAD = 'while true; do pgbench -n -c 8 -j 2 -T 3600 "$0" >/dev/null 2>&1; sleep 0.05; done';
/** Seconds of load before each hand-over, so that there is something that is not in the files yet. */
const WARM = 4;

/** Hand-overs there and back: one client that commits one row at a time, alone, and beside pgbench. */
export async function measureSwitchovers(major: number, count: number, scale: number): Promise<Switchovers> {
  const pods = await startReplicated(major, BARE);
  try {
    await Writer.prepare(pods);
    const writer = await Writer.start(pods, [0, 1]);
    const idle = await handOvers(pods, writer, count, 1);
    const everywhere = `${connection(pods, [0, 1])} target_session_attrs=read-write`;
    await run(pods, BARE, ['pgbench', '-i', '-q', '-s', String(scale), everywhere]);
    pods.pod(BARE).spawn(['bash', '-c', LOAD, everywhere], clientEnvironment);
    const loaded = await handOvers(pods, writer, count, WARM);
    await writer.stop();
    await checkRows(pods, writer.commits);
    return { idle, loaded };
  } finally {
    await pods.end();
  }
}

async function handOvers(pods: Cluster, writer: Writer, count: number, warm: number): Promise<HandOver[]> {
  const done: HandOver[] = [];
  for (let index = 0; index < count; index++) {
    await pause(warm);
    const [before, primary] = [pods.primary, 1 - pods.primary];
    const declared = now();
    pods.declare({ primary });
    const first = await firstCommit(pods, writer, primary, declared);
    await pods.waitForStreaming({ ordinals: [before], timeout: 120_000 });
    await pause(1);
    const parts = partsIn(pods.pod(before).logs(), pods.pod(primary).logs(), first.at);
    done.push({ gap: longestGap(writer.commits, declared, now()), moved: first.at - declared, parts });
  }
  return done;
}

/** The first row that this pod has confirmed since then. */
export async function firstCommit(pods: Cluster, writer: Writer, primary: number, since: number): Promise<Commit> {
  const found = () => writer.commits.find(({ at, ordinal }) => at > since && ordinal === primary);
  return pods.waitFor(found, { timeout: 120_000, what: `a row that pod ${primary} has confirmed` });
}

/** What the logs of the old primary and of the new one say about a hand-over. */
export function partsIn(old: string, fresh: string, first: number): Parts {
  const asked = timeIn(old, / received fast shutdown request/);
  const stopped = timeIn(old, / database system is shut down/);
  const serves = timeIn(old, / database system is ready to accept read-only connections/);
  const promoted = timeIn(fresh, / received promote request/);
  const parts = { stop: stopped - asked, back: serves - stopped, claim: promoted - serves, promotion: first - promoted };
  if (!Object.values(parts).every((seconds) => seconds >= 0)) throw new Error(`the logs do not tell how the hand-over went:\n${old}\n${fresh}`);
  return parts;
}
