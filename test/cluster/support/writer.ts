import { ChildProcess, spawn } from 'node:child_process';
import { Client, Connection, environment } from './client';
import type { Database } from './database';
import { until } from './wait';

/**
 * Sends the next number only when the last one is acknowledged; a broken session is followed by a new one, and so is every one that
 * has committed as many rows as it may. Ends with its standard input: a process in a container outlives the kubectl that started it.
 */
const SCRIPT = `
trap '' PIPE
rest() { read -r -t "$1"; (($? > 128)) || exit; }
table=$1
limit=$2
n=0
tries=0
while true; do
  coproc SESSION { exec psql -XAtqw -v ON_ERROR_STOP=1 2>/dev/null; }
  pid=$SESSION_PID
  left=$limit
  while n=$((n + 1))
    printf 'INSERT INTO %s VALUES (%s) RETURNING n;\\n' "$table" "$n" >&"\${SESSION[1]}" && read -r -t 5 answer <&"\${SESSION[0]}"
  do
    printf '%s %s\\n' "$EPOCHREALTIME" "$answer"
    rest 0.02
    ((--left)) || break
  done 2>/dev/null
  kill "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  ((left == limit)) || tries=0
  ((limit && left == 0)) && continue
  if ((++tries <= 20)); then rest 0.02; else rest 0.1; fi
done
`;

export interface WriterOptions {
  /** Each of several writers has one of its own. */
  readonly table?: string;
  /** How many rows a session commits before the writer connects anew, as an application without a pool does; no limit unless told. */
  readonly rowsPerSession?: number;
}

/** Commits numbered rows one at a time and keeps those that the server acknowledged. */
export class Writer {
  /** The table belongs to the database's owner; an earlier one of its kind is replaced. */
  public static async start(client: Client, connection: Connection, options: WriterOptions = {}): Promise<Writer> {
    const { table = 'written', rowsPerSession = 0 } = options;
    await client.sql(connection, `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (n bigint PRIMARY KEY)`);
    const writer = new Writer(client, connection, table, rowsPerSession);
    await writer.progress();
    return writer;
  }

  private readonly child: ChildProcess;
  private readonly acknowledged: { readonly at: number; readonly n: string }[] = [];
  private rest = '';

  private constructor(client: Client, connection: Connection, public readonly table: string, rowsPerSession: number) {
    const command = ['exec', '--stdin', client.pod, '--', ...environment(connection), 'bash', '-c', SCRIPT, 'bash', table, `${rowsPerSession}`];
    this.child = spawn('kubectl', ['--namespace', client.namespace.name, ...command], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => this.take(text));
  }

  public get count(): number {
    return this.acknowledged.length;
  }

  /** Waits for commits that happen from now on. */
  public async progress(rows = 5, seconds = 60): Promise<void> {
    const goal = this.count + rows;
    await until(`${rows} more rows are acknowledged`, seconds, async () => this.count >= goal);
  }

  /** The longest time between two commits in seconds: the outage that an application saw. */
  public async gapDuring(body: () => Promise<unknown>): Promise<number> {
    const first = Math.max(0, this.count - 1);
    await body();
    await this.progress();
    const times = this.acknowledged.slice(first).map(({ at }) => at);
    return times.slice(1).reduce((longest, at, index) => Math.max(longest, at - times[index]), 0);
  }

  /** How many rows were tried from then on, a count of before, and not acknowledged: errors that an application saw. */
  public failures(since: number): number {
    const [first, ...others] = this.acknowledged.slice(Math.max(0, since - 1)).map(({ n }) => Number(n));
    return others.length === 0 ? 0 : others[others.length - 1] - first - others.length;
  }

  /** Numbers that were acknowledged and are not there: none, ever. */
  public async lost(database: Database, name = 'app'): Promise<string[]> {
    const known = this.acknowledged.map(({ n }) => n);
    const there = new Set((await database.sql(`SELECT n FROM ${this.table}`, name)).split('\n'));
    return known.filter((n) => !there.has(n));
  }

  public async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin!.end();
    await ended;
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      const [at, n] = line.split(' ');
      this.acknowledged.push({ at: Number(at), n });
    }
  }
}
