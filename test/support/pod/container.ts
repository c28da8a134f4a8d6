import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Ending } from './description';
import { PodHome } from './home';
import { become, enter, Holders } from './namespaces';

/** One in the path may be a script that looks for a version. */
const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** One run of a container's command, from its PID namespace's birth to its end. */
export class Container {
  static async start(home: PodHome, command: readonly string[], network: number | undefined, log: (text: string) => void): Promise<Container> {
    const container = new Container(home, command, network, log);
    await container.ready;
    return container;
  }

  /** How PID 1 ended, once its log is read to the end. */
  readonly exited: Promise<Ending>;
  /** Set from the moment PID 1 is known to have ended. */
  ending?: Ending;
  /** Whether the counted command in whose place the pod dies was reached. */
  reached = false;
  private readonly ready: Promise<void>;
  private readonly child: ChildProcess;
  private init?: number;
  private failure = '';

  private constructor(home: PodHome, command: readonly string[], private readonly network: number | undefined, log: (text: string) => void) {
    const { read, write } = openLog(home.directory);
    const environment = Object.entries(home.environment).map(([name, value]) => `${name}=${value}`);
    const words = [
      ...enter(network), PYTHON, '-IS', join(__dirname, 'assemble.py'), home.directory, home.hostname,
      ...become(home.identity), 'env', '-i', ...environment, ...command,
    ];
    this.child = spawn(words[0], words.slice(1), { cwd: '/', detached: true, stdio: ['ignore', write, 'pipe', 'pipe'] });
    closeSync(write);

    const logEnd = drain(read, (text) => {
      if (!this.init) this.failure += text;
      log(text);
    });
    this.child.stderr!.on('data', (data: Buffer) => { this.failure += String(data); });
    const end = new Promise<Ending>((resolve) => {
      this.child.on('error', (error) => { this.failure = String(error); });
      this.child.on('close', (status, signal) => {
        this.ending = this.trueEnding({ status, signal });
        resolve(this.ending);
      });
    });
    this.exited = Promise.all([end, logEnd]).then(([ending]) => ending);
    this.ready = this.handshake();
    if (home.counts) this.watch(home.reached, end);
  }

  get holders(): Holders {
    if (this.ending || !this.init) throw new Error(`the container has ended (${describe(this.ending)})`);
    return { outside: this.child.pid!, inside: this.init, network: this.network };
  }

  /** unshare ends as its child did; only a SIGKILL it cannot give itself in some versions, and complains. */
  private trueEnding(ending: Ending): Ending {
    return this.init && this.failure ? { status: null, signal: 'SIGKILL' } : ending;
  }

  private async handshake(): Promise<void> {
    let told = '';
    const pipe = this.child.stdio[3] as Socket;
    for await (const data of pipe) {
      told += String(data);
      if (told.includes('ready')) break;
    }
    if (told.includes('ready')) {
      this.init = Number(told.split('\n')[0]);
      this.failure = '';
      return;
    }
    const ending = await this.exited;
    throw new Error(`the pod could not be assembled (${describe(ending)}): ${this.failure.trim()}`);
  }

  /** Nobody inside may kill PID 1: the counted command asks for it here. */
  private watch(reached: string, end: Promise<Ending>): void {
    // opened for writing too, so that it does not end before it begins
    const asked = new Socket({ fd: openSync(reached, constants.O_RDWR + constants.O_NONBLOCK), readable: true, writable: false });
    asked.once('data', () => {
      this.reached = true;
      // the very first command may ask before the pod counts as started, and the last one when it has just ended
      this.ready.then(() => { if (!this.ending) process.kill(this.init!, 'SIGKILL'); }).catch(() => undefined);
    });
    void end.then(() => asked.destroy());
  }
}

export function describe(ending?: Ending): string {
  if (!ending) return 'not started';
  return ending.signal ? `signal ${ending.signal}` : `status ${ending.status}`;
}

/** A FIFO, since a process inside may open /dev/stdout again, which no socket and no private file allows. */
function openLog(directory: string): { read: number; write: number } {
  const fifo = join(directory, 'log');
  if (!existsSync(fifo)) execFileSync('mkfifo', ['-m', '0666', fifo]);
  const read = openSync(fifo, constants.O_RDONLY + constants.O_NONBLOCK);
  return { read, write: openSync(fifo, constants.O_WRONLY) };
}

async function drain(fd: number, take: (text: string) => void): Promise<void> {
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.setEncoding('utf8');
  socket.on('data', take);
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}
