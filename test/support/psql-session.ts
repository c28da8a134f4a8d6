import type { ChildProcess } from 'node:child_process';
import type { Pod } from './pod';

const MARK = '=done=';

export interface Answer {
  /** What was printed. */
  readonly lines: string;
  /** `00000` when the server said that it was done; nothing where the session ended before: nobody knows then what became of the statement. */
  readonly state?: string;
}

/** One psql in a pod, over its socket, that is fed one statement at a time. It ends with its connection. */
export class PsqlSession {
  private readonly child: ChildProcess;
  private text = '';
  private over = false;
  private wake?: () => void;

  /** Fails where the pod has no container now. */
  constructor(pod: Pick<Pod, 'spawn'>, settings = '', options: readonly string[] = []) {
    // both of psql's outputs in one, in order: a warning stands before the result that it is about
    this.child = pod.spawn(['bash', '-c', `${settings} exec psql -X -At -q -w ${options.join(' ')} -U postgres -d postgres 2>&1`]);
    this.child.stdin!.on('error', () => undefined);
    this.child.stdout!.setEncoding('utf8');
    this.child.stdout!.on('data', (text: string) => {
      this.text += text;
      this.wake?.();
    });
    for (const event of ['close', 'error']) this.child.on(event, () => this.finish());
  }

  get ended(): boolean {
    return this.over;
  }

  async ask(statement: string): Promise<Answer> {
    // the marker goes where nothing is buffered
    if (!this.over) this.child.stdin!.write(`${statement}\n\\warn ${MARK} :SQLSTATE\n`);
    for (;;) {
      const [whole, lines, state] = new RegExp(`^([^]*?)${MARK} (\\w*)\n`).exec(this.text) ?? [];
      if (whole !== undefined) return this.answer(whole, lines, state);
      if (this.over) return { lines: this.text };
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  /** Whoever waits for an answer gets none. */
  end(): void {
    this.child.stdin!.destroy();
    this.child.kill('SIGKILL');
    this.finish();
  }

  private answer(whole: string, lines: string, state: string): Answer {
    this.text = this.text.slice(whole.length);
    if (state) return { lines, state };
    // a connection that the server dropped has no code, and psql does not always end then
    this.end();
    return { lines };
  }

  private finish(): void {
    this.over = true;
    this.wake?.();
  }
}
