import type { History } from './history';
import { Attendant } from './human';
import { pause, Stage } from './stage';

/** Within that time, after everything is healed, all pods stream from one primary on one timeline. */
const LIMIT = 120_000;

/** Waits until all pods have come together; says how long it took, or fails with what they say instead. */
export async function comeTogether(stage: Stage): Promise<number> {
  const attendant = new Attendant(stage);
  const begin = stage.clock();
  for (;;) {
    const missing = await apart(stage);
    if (!missing) return stage.clock() - begin;
    if (stage.clock() - begin > LIMIT) throw new Error(`${LIMIT / 1000} s after everything was healed, ${missing}`);
    await attendant.look();
    await pause(100);
  }
}

/** How long a primary that all stream from may take until it acknowledges a row. */
const FIRST_ROW = 30_000;

/** Waits until the primary has acknowledged a row that was sent after this began: one that nobody can write to is of no use. */
export async function takesRows({ pods: { primary }, clock }: Pick<Stage, 'clock' | 'pods'>, history: History, limit = FIRST_ROW): Promise<void> {
  const since = clock();
  while (!history.acknowledged.some(({ node, begin }) => node === primary && begin >= since)) {
    if (clock() - since > limit) throw new Error(`pod ${primary} is the primary, and for ${limit / 1000} s it has acknowledged nothing`);
    await pause(10);
  }
}

/** What keeps the pods from being one primary with two replicas; nothing when they are. */
export async function apart(stage: Stage): Promise<string> {
  const { primary } = stage.pods;
  for (const ordinal of stage.ordinals) {
    const { state, reason, role } = stage.said(ordinal);
    const wanted = ordinal === primary ? 'primary' : `standby ${primary}`;
    // asked first, since that costs nothing
    if (state !== 'running' || role !== wanted) return `pod ${ordinal}, which should be ${wanted}, is ${state} as ${role} ${reason}`;
  }
  try {
    return await streams(stage, primary);
  } catch (error) {
    return `a server does not answer: ${(error as Error).message.trim()}`;
  }
}

async function streams(stage: Stage, primary: number): Promise<string> {
  const replicas = stage.ordinals.filter((ordinal) => ordinal !== primary);
  const [timeline, ...streaming] = (await stage.pods.sql(primary, `SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
    SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'`)).split('\n');
  for (const ordinal of replicas) {
    if (!streaming.includes(`${stage.pods.name}-${ordinal}`)) return `pod ${ordinal} does not stream from pod ${primary}`;
    const said = await stage.pods.sql(ordinal, "SELECT lpad(upper(to_hex(received_tli)), 8, '0') FROM pg_stat_wal_receiver WHERE status = 'streaming'");
    if (said !== timeline) return `pod ${ordinal} is on timeline ${said}, its primary on ${timeline}`;
  }
  return '';
}

/** The database and the file of the table of rows. */
export async function tableOf({ pods }: Stage): Promise<string> {
  return (await pods.sql(pods.primary, "SELECT pg_relation_filepath('rows')")).replace(/^base\//, '');
}

/** The rows of every pod, once all have replayed what the primary had written when this began. */
export async function rowsOfAll(stage: Stage): Promise<Map<number, Set<number>>> {
  await stage.pods.waitForStreaming({ timeout: 60_000 });
  return new Map(await Promise.all(stage.ordinals.map(async (ordinal) => [ordinal, await rowsOf(stage, ordinal)] as const)));
}

/** The rows of every pod whose server answers. */
export async function rowsOfThoseThatAnswer(stage: Stage): Promise<Map<number, Set<number>>> {
  const found = await Promise.all(stage.ordinals.map(async (ordinal) => [ordinal, await rowsOf(stage, ordinal).catch(() => undefined)] as const));
  return new Map(found.flatMap(([ordinal, rows]) => (rows ? [[ordinal, rows] as const] : [])));
}

async function rowsOf({ pods }: Stage, ordinal: number): Promise<Set<number>> {
  return new Set((await pods.sql(ordinal, 'SELECT id FROM rows')).split('\n').filter(Boolean).map(Number));
}
