import { ChildProcess } from 'node:child_process';
import { Pod } from '../support/pod';

const MARK = '=done=';
/** Both of psql's outputs in one, in order: a warning stands before the result that it is about. */
const COMMAND = ['bash', '-c', 'exec psql -X -At -q -w -U postgres -d postgres 2>&1'];

export interface Answer {
  readonly lines: readonly string[];
  /** `00000` when the server said that it was done. */
  readonly state: string;
}

/** One psql in a pod, over its socket, that is fed one statement at a time. It ends with its connection. */
export class Session {
  private readonly child: ChildProcess;
  private read = '';
  private waiting?: (answer: Answer | undefined) => void;
  private over = false;

  /** Fails where the pod has no container now. */
  constructor(pod: Pod) {
    this.child = pod.spawn(COMMAND);
    this.child.stdout!.setEncoding('utf8');
    this.child.stdout!.on('data', (text: string) => this.take(text));
    this.child.stdin!.on('error', () => undefined);
    for (const event of ['exit', 'error']) this.child.on(event, () => this.finish());
  }

  get ended(): boolean {
    return this.over;
  }

  /** Nothing where the session ended before the answer was complete: nobody knows then what became of the statement. */
  async ask(statement: string): Promise<Answer | undefined> {
    if (this.over) return undefined;
    const answer = new Promise<Answer | undefined>((resolve) => { this.waiting = resolve; });
    // the marker goes where nothing is buffered
    this.child.stdin!.write(`${statement}\n\\warn ${MARK} :SQLSTATE\n`);
    return answer;
  }

  /** Gives up what is being waited for. */
  end(): void {
    this.child.kill('SIGKILL');
    this.child.stdin!.destroy();
    this.finish();
  }

  private take(text: string): void {
    if (this.over) return;
    this.read += text;
    const found = new RegExp(`^${MARK} (\\w+)\n`, 'm').exec(this.read);
    if (!found) return;
    const lines = this.read.slice(0, found.index).split('\n').filter(Boolean);
    this.read = this.read.slice(found.index + found[0].length);
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.({ lines, state: found[1] });
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.waiting?.(undefined);
    this.waiting = undefined;
  }
}
