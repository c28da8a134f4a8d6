import type { ChildProcess } from 'node:child_process';
import { BARE, clientEnvironment, connection, pause } from './database';
import type { Cluster } from '../../test/support/cluster';

/** A row that a server has confirmed, and when the client knew, in seconds since the epoch. */
export interface Commit {
  readonly row: number;
  readonly ordinal: number;
  readonly at: number;
}

type Answer = 'confirmed' | 'refused' | 'lost';

/** Seconds between two tries: so short that it hardly counts, so long that the client is no load. */
const PACE = 0.005;
/** Seconds after which a session that was lost is opened again; the others are asked meanwhile. */
const REOPEN = 0.5;

/** Of all clients, so that none writes what another one has. */
let lastRow = 0;

/** The time as the logs of the pods tell it. */
export function now(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** A client that commits numbered rows, one at a time, on whichever of these pods takes writes, over sessions that are open to all of them. */
export class Writer {
  static async start(pods: Cluster, ordinals: readonly number[]): Promise<Writer> {
    const writer = new Writer(ordinals.map((ordinal) => new Session(pods, ordinal)));
    await Promise.all(writer.sessions.map(async (session) => session.open()));
    writer.ended = writer.write();
    return writer;
  }

  /** The table that it writes to. */
  static async prepare(pods: Cluster): Promise<void> {
    await pods.sql(pods.primary, 'CREATE TABLE kept (row bigint PRIMARY KEY); GRANT ALL ON kept TO orders', 'orders');
  }

  readonly commits: Commit[] = [];
  private stopping = false;
  private ended?: Promise<void>;

  private constructor(private readonly sessions: readonly Session[]) {}

  async stop(): Promise<void> {
    this.stopping = true;
    await this.ended;
    for (const session of this.sessions) session.close();
  }

  private async write(): Promise<void> {
    let current = 0;
    while (!this.stopping) {
      const session = this.sessions[current];
      lastRow += 1;
      const answer = await session.insert(lastRow);
      if (answer === 'confirmed') this.commits.push({ row: lastRow, ordinal: session.ordinal, at: now() });
      else current = (current + 1) % this.sessions.length;
      // what is lost tells at once, and the next one is asked at once
      if (answer !== 'lost' || this.sessions.length === 1) await pause(PACE);
    }
  }
}

/** Fails where a row that was confirmed is not there. */
export async function checkRows(pods: Cluster, commits: readonly Commit[]): Promise<void> {
  const there = new Set((await pods.sql(pods.primary, 'SELECT row FROM kept', 'orders')).split('\n').map(Number));
  const lost = commits.filter(({ row }) => !there.has(row));
  if (lost.length > 0) throw new Error(`${lost.length} rows were confirmed and are not there: ${JSON.stringify(lost.slice(0, 10))}\n${pods.logs()}`);
}

/** The longest time without a confirmed row in this stretch of time; the last one before it counts too. */
export function longestGap(commits: readonly Commit[], from: number, to: number): number {
  const times = commits.map(({ at }) => at);
  const before = times.filter((at) => at < from).pop() ?? from;
  const within = [before, ...times.filter((at) => at >= from && at <= to), to];
  return Math.max(...within.slice(1).map((at, index) => at - within[index]));
}

/** One psql, of the bare pod, at one server. */
class Session {
  private child?: ChildProcess;
  private openedAt = 0;
  private answered?: (answer: Answer) => void;

  constructor(private readonly pods: Cluster, readonly ordinal: number) {}

  async open(): Promise<void> {
    this.openedAt = now();
    const child = this.pods.pod(BARE).spawn(['psql', '-XAtqw', '-v', 'VERBOSITY=terse', '-d', connection(this.pods, [this.ordinal])], clientEnvironment);
    this.child = child;
    let said = '';
    child.stdout!.on('data', (data: Buffer) => {
      said += String(data);
      if (!said.endsWith('.\n')) return;
      this.answer(said.includes('confirmed') ? 'confirmed' : 'refused');
      said = '';
    });
    child.stderr!.resume();
    child.stdin!.on('error', () => undefined);
    child.on('exit', () => {
      if (this.child !== child) return;
      this.child = undefined;
      this.answer('lost');
    });
    await this.ask('');
  }

  async insert(row: number): Promise<Answer> {
    if (this.child) return this.ask(`INSERT INTO kept VALUES (${row}) RETURNING 'confirmed';`);
    // nobody waits for it: another session may take the row
    if (now() - this.openedAt > REOPEN) void this.open();
    return 'lost';
  }

  close(): void {
    this.child?.stdin!.end();
    this.child = undefined;
  }

  private async ask(sql: string): Promise<Answer> {
    return new Promise((resolve) => {
      this.answered = resolve;
      this.child!.stdin!.write(`${sql}\n\\echo .\n`);
    });
  }

  private answer(answer: Answer): void {
    this.answered?.(answer);
    this.answered = undefined;
  }
}
