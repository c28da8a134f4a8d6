import { Cluster } from '../support/cluster';
import { PsqlSession } from '../support/psql-session';

/** What a standby refuses would fill its log. */
const QUIETLY = "PGOPTIONS='-c log_min_messages=fatal'";
const PER_WRITER = 1_000_000;
const pause = async (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What became of a row, as the client was told. */
export interface Attempt {
  readonly id: number;
  readonly ordinal: number;
  /** `unknown`: the connection ended before the answer. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
  /** The code of the error, or what a connection that ended had said. */
  readonly said: string;
  /** On which the server wrote it. */
  readonly timeline?: number;
}

const running = new Set<Writers>();

/** A client on every pod that tries to write one numbered row after the other, whatever that pod is, and remembers what it was told. */
export class Writers {
  /** Ends all that tests have left behind. */
  static async endAll(): Promise<void> {
    await Promise.all([...running].map(async (writers) => writers.stop(0)));
  }

  /** Makes their table. */
  static async start(pods: Cluster): Promise<Writers> {
    await pods.sql(pods.primary, 'CREATE TABLE IF NOT EXISTS written (id bigint PRIMARY KEY, pod int NOT NULL)');
    await pods.waitForStreaming();
    return new Writers(pods);
  }

  readonly attempts: Attempt[] = [];
  private readonly sessions = new Map<number, PsqlSession>();
  private readonly ran: Promise<unknown>;
  private stopped = false;

  private constructor(private readonly pods: Cluster) {
    running.add(this);
    this.ran = Promise.all(pods.ordinals.map(async (ordinal) => this.run(ordinal)));
  }

  /** From its return on nothing is under way; an answer that does not come within that time is lost. */
  async stop(patience = 10_000): Promise<void> {
    this.stopped = true;
    running.delete(this);
    const timer = setTimeout(() => { for (const session of this.sessions.values()) session.end(); }, patience);
    await this.ran;
    clearTimeout(timer);
    for (const session of this.sessions.values()) session.end();
  }

  /** Waits until that pod has confirmed so many rows from now on. */
  async confirmed(ordinal: number, count = 3): Promise<void> {
    const begin = this.attempts.length;
    const found = () => this.attempts.slice(begin).filter((one) => one.ordinal === ordinal && one.outcome === 'acknowledged').length >= count;
    await this.pods.waitFor(found, { timeout: 120_000, what: `${count} rows that pod ${ordinal} confirms` });
  }

  /** The rows that were confirmed, from that attempt on. */
  acknowledged(begin = 0): number[] {
    return this.attempts.slice(begin).filter(({ outcome }) => outcome === 'acknowledged').map(({ id }) => id);
  }

  /** What a pod's client was told where a row was not confirmed. */
  refusals(ordinal: number): string[] {
    return [...new Set(this.attempts.filter((one) => one.ordinal === ordinal && one.outcome !== 'acknowledged').map(({ said }) => said))].sort();
  }

  /** The pods that have written on each timeline. */
  timelines(): Record<number, number[]> {
    const found: Record<number, number[]> = {};
    for (const { timeline, ordinal } of this.attempts) {
      if (timeline === undefined || found[timeline]?.includes(ordinal)) continue;
      (found[timeline] ??= []).push(ordinal);
    }
    return found;
  }

  private async run(ordinal: number): Promise<void> {
    for (let count = 1; !this.stopped; count += 1) {
      try {
        if (!this.sessions.has(ordinal)) this.sessions.set(ordinal, new PsqlSession(this.pods.pod(ordinal), QUIETLY, ['-v VERBOSITY=sqlstate']));
      } catch {
        await pause(100);
        continue;
      }
      const attempt = await this.write(ordinal, (ordinal + 1) * PER_WRITER + count);
      this.attempts.push(attempt);
      if (attempt.outcome === 'unknown') this.sessions.delete(ordinal);
      await pause(attempt.outcome === 'acknowledged' ? 15 : 60);
    }
  }

  /** The server says in the same statement on which timeline it writes. */
  private async write(ordinal: number, id: number): Promise<Attempt> {
    const statement = `INSERT INTO written VALUES (${id}, ${ordinal}) RETURNING substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);`;
    const { lines, state } = await this.sessions.get(ordinal)!.ask(statement);
    if (state === '00000' && /^[0-9A-F]{8}\n$/.test(lines)) return { id, ordinal, outcome: 'acknowledged', said: '', timeline: parseInt(lines, 16) };
    if (state === undefined || state === '00000') return { id, ordinal, outcome: 'unknown', said: ending(lines) };
    return { id, ordinal, outcome: 'refused', said: state };
  }
}

/** The code with which a server ended a connection, 08006 where it said nothing; or 08001 where there was none. */
function ending(lines: string): string {
  const [, code] = /FATAL: +([0-9A-Z]{5})/.exec(lines) ?? [];
  return /^psql: error/.test(lines) ? '08001' : code ?? '08006';
}

// A test file that uses writers ends them, whether its tests passed or not.
afterEach(async () => Writers.endAll());
