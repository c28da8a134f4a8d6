import { History, rowId } from './history';
import { Pod } from '../support/pod';
import { Answer, PsqlSession } from '../support/psql-session';

/** Between two rows of a writer that is answered, and before a try on a server that takes none or that is not there. */
const PAUSE = 15;
const PAUSE_AFTER_REFUSAL = 100;
/** How long a writer that is told to pause may wait for an answer; after that it is lost. */
const PATIENCE = 10_000;

export const CREATE_TABLE = 'CREATE TABLE rows (id bigint PRIMARY KEY)';

/** The server names the timeline that it writes on in the same statement. */
function insert(id: number): string {
  return `INSERT INTO rows VALUES (${id}) RETURNING pg_walfile_name(pg_current_wal_lsn());`;
}

type Outcome = { readonly kind: 'acknowledged'; readonly timeline: number } | { readonly kind: 'refused' | 'unknown' };

/** What an answer says about the row: only success without a warning says that it is safe. */
export function outcomeOf({ lines, state }: Answer): Outcome {
  if (state === undefined) return { kind: 'unknown' };
  const [, timeline] = /^([0-9A-F]{8})[0-9A-F]{16}\n$/.exec(lines) ?? [];
  if (state === '00000') return timeline ? { kind: 'acknowledged', timeline: parseInt(timeline, 16) } : { kind: 'unknown' };
  // a lost connection, or a server that cannot tell
  return /^(08|57P|40003|XX)/.test(state) ? { kind: 'unknown' } : { kind: 'refused' };
}

/** One client that tries to write on one pod, whatever that pod is. */
class Writer {
  private session?: PsqlSession;
  private count = 0;
  private paused = false;
  private ended = false;
  private asking?: Promise<void>;

  constructor(
    private readonly node: number,
    private readonly pod: () => Pod,
    private readonly history: History,
    private readonly clock: () => number,
    private readonly quiet: () => boolean,
  ) {}

  async run(): Promise<void> {
    while (!this.ended) {
      const wait = this.paused || this.quiet() ? PAUSE : await this.turn();
      await pause(wait);
    }
  }

  /** From the return on, nothing is under way. */
  async pause(): Promise<void> {
    this.paused = true;
    const timer = setTimeout(() => this.session?.end(), PATIENCE);
    await this.asking;
    clearTimeout(timer);
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = true;
    this.session?.end();
  }

  private async turn(): Promise<number> {
    try {
      if (!this.session || this.session.ended) this.session = new PsqlSession(this.pod());
    } catch {
      return PAUSE_AFTER_REFUSAL;
    }
    let outcome: Outcome | undefined;
    this.asking = this.write(this.session).then((result) => { outcome = result; });
    await this.asking;
    return outcome?.kind === 'acknowledged' ? PAUSE : PAUSE_AFTER_REFUSAL;
  }

  private async write(session: PsqlSession): Promise<Outcome> {
    this.count += 1;
    const id = rowId(this.node, this.count);
    const begin = this.clock();
    const outcome = outcomeOf(await session.ask(insert(id)));
    const end = this.clock();
    if (outcome.kind === 'acknowledged') this.history.acknowledge({ id, node: this.node, timeline: outcome.timeline, begin, end });
    else if (outcome.kind === 'refused') this.history.refuse(id);
    else this.history.lose(id);
    return outcome;
  }
}

/** A client on every pod, at all times. */
export class Writers {
  private readonly writers: readonly Writer[];
  private readonly running: Promise<unknown>;

  constructor(nodes: readonly number[], pod: (node: number) => Pod, history: History, clock: () => number, quiet: () => boolean) {
    this.writers = nodes.map((node) => new Writer(node, () => pod(node), history, clock, quiet));
    this.running = Promise.all(this.writers.map(async (writer) => writer.run()));
  }

  async pause(): Promise<void> {
    await Promise.all(this.writers.map(async (writer) => writer.pause()));
  }

  resume(): void {
    for (const writer of this.writers) writer.resume();
  }

  async end(): Promise<void> {
    for (const writer of this.writers) writer.end();
    await this.running;
  }
}

async function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
