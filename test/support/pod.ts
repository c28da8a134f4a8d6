import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import { Container, describe as describeEnding } from './pod/container';
import { Ending, ExecResult, Files, PodDescription, PodProcess } from './pod/description';
import { PodHome } from './pod/home';
import { Names } from './pod/names';
import { demandNamespaces, isRoot, join } from './pod/namespaces';
import { PrivateNetwork } from './pod/network';
import { processesOf } from './pod/processes';
import { removeAllTemporary, temporaryDirectory } from './pod/temporary';
import { Question } from './polling';

export * from './pod/description';

/** How long `waitFor` waits unless told. */
const patience = 30_000;
const running = new Set<Pod>();

// a container's own, and what the files made for it need; every child inherits it
process.umask(0o022);

/** A directory for a claim; it outlives pods and is removed at the end of the test file. */
export function temporaryClaim(): string {
  return temporaryDirectory('claim');
}

/** A claim with a copy of what another one holds. */
export function copiedClaim(from: string): string {
  const claim = temporaryClaim();
  execFileSync('cp', ['--archive', '--reflink=auto', '--no-target-directory', from, claim]);
  return claim;
}

/**
 * A container on this machine as the kubelet would run it: its command is PID 1 of its own PID, mount, IPC, UTS and
 * network namespaces, the root file system is read-only, and scripts see the real paths of the image.
 * It ends with the test file, or with the test process, however that ends.
 */
export class Pod {
  static async start(description: PodDescription): Promise<Pod> {
    demandNamespaces();
    const pod = new Pod(description, new PodHome(description, await description.server.bring()));
    running.add(pod);
    await pod.run();
    return pod;
  }

  /** Kills every pod and removes what they left, networks and claims included. */
  static async endAll(): Promise<void> {
    await Promise.all([...running].map(async (pod) => pod.end()));
    PrivateNetwork.endAll();
    removeAllTemporary();
  }

  private container?: Container;
  private output = '';

  private constructor(private readonly description: PodDescription, private readonly home: PodHome) {}

  /** How PID 1 ended. */
  get exited(): Promise<Ending> {
    return this.container!.exited;
  }

  /** Whether the container has ended, and how. */
  get ending(): Ending | undefined {
    return this.container?.ending;
  }

  /** Whether the command of `killAt` was reached. */
  get reached(): boolean {
    return this.container?.reached ?? false;
  }

  /** The pid of PID 1 on this machine. */
  get hostPid(): number {
    return this.container!.holders.inside;
  }

  /** The process that holds the pod's network namespace, for another pod that is to be in it. */
  get networkPid(): number {
    return this.container!.holders.outside;
  }

  /**
   * Starts the container again in the same pod, as the kubelet does after it ended: volumes and log stay.
   * Commands are counted from 1 again when they were counted.
   */
  async restart({ killAt = 0 }: { killAt?: number } = {}): Promise<void> {
    if (!this.ending) throw new Error('the container is still running');
    await this.exited;
    if (this.home.counts) this.home.count(killAt);
    await this.run();
  }

  /** Runs a command in the pod as `kubectl exec` does and waits for its end. */
  async exec(command: readonly string[], { input = '', env }: { input?: string | Buffer; env?: Record<string, string> } = {}): Promise<ExecResult> {
    const child = this.spawn(command, env);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout!.on('data', (data: Buffer) => stdout.push(data));
    child.stderr!.on('data', (data: Buffer) => stderr.push(data));
    // a command need not read its input
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(input);
    const ending = await new Promise<Ending>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => resolve({ status, signal }));
      // an orphan may hold the pipes: it is not waited for
      child.on('exit', (status, signal) => setTimeout(() => resolve({ status, signal }), 200));
    });
    child.stdout!.destroy();
    child.stderr!.destroy();
    return { ...ending, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  }

  /** Starts a command in the pod as `kubectl exec` does; killing the returned process leaves the command running inside. */
  spawn(command: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const environment = Object.entries({ ...this.home.execEnvironment, ...env }).map(([name, value]) => `${name}=${value}`);
    const enter = join(this.container!.holders, this.home.identity);
    const words = [...enter, '/usr/bin/env', '-i', '-C', '/', ...environment, ...command];
    return spawn(words[0], words.slice(1), { stdio: 'pipe' });
  }

  /** Sends a signal to PID 1 from outside, as the kubelet does. */
  signal(name: NodeJS.Signals): void {
    process.kill(this.hostPid, name);
  }

  /** SIGKILL to the process with that pid inside; 1 ends the whole pod. */
  kill9(pid: number): void {
    const found = this.processes().find((candidate) => candidate.pid === pid);
    if (!found) throw new Error(`no process ${pid} in the pod`);
    process.kill(found.hostPid, 'SIGKILL');
  }

  /** The processes inside, zombies included; none once the container has ended. */
  processes(): PodProcess[] {
    if (this.ending) return [];
    const { uid } = this.home.identity;
    // in a user namespace there is one user, whom this machine calls by another number
    return processesOf(this.hostPid).map((found) => (isRoot ? found : { ...found, uid }));
  }

  /** What the container wrote to standard output and error, over all its starts. */
  logs(): string {
    return this.output;
  }

  /** The external commands that were started by name so far, in order, when `killAt` was given. */
  commands(): string[] {
    return this.home.commands();
  }

  /** Replaces the files of a volume at once, as the kubelet does when a ConfigMap or Secret has changed. */
  update(path: string, files: Files): void {
    this.home.update(path, files);
  }

  /** Changes what the pod's resolver answers, for what runs in it too. */
  resolve(names: Names): void {
    this.home.resolve(names);
  }

  /** Where this machine has what the pod sees mounted at `path`. */
  hostPath(path: string): string {
    return this.home.pathOf(path);
  }

  /** Waits until the predicate gives something true, and returns it; fails when the time or the container is over. */
  async waitFor<T>(
    predicate: () => T | Promise<T>,
    { timeout = patience, what = 'the condition' }: { timeout?: number; what?: string } = {},
  ): Promise<NonNullable<T>> {
    const start = Date.now();
    const question = new Question(predicate);
    for (;;) {
      const { ending } = this;
      const value = await question.ask();
      if (value) return value;
      if (ending || Date.now() - start > timeout) {
        const why = ending ? `the container ended (${describeEnding(ending)})` : `${timeout} ms passed`;
        throw new Error(`${why} before ${what} came true; its log:\n${this.output.slice(-4000)}`);
      }
      await question.rest();
    }
  }

  /** Waits for a text in the log. */
  async waitForLog(text: string | RegExp, { timeout = patience }: { timeout?: number } = {}): Promise<void> {
    const found = () => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output));
    await this.waitFor(found, { timeout, what: `"${text}" in the log` });
  }

  /** SIGTERM, and SIGKILL after the grace period in seconds, as the kubelet does. */
  async stop({ grace = 30 }: { grace?: number } = {}): Promise<Ending> {
    if (this.ending) return this.exited;
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.kill(), grace * 1000);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGKILL to PID 1 and with it to everything inside, as a node that dies. */
  async kill(): Promise<Ending> {
    try {
      if (!this.ending) this.signal('SIGKILL');
    } catch (error) {
      // it has just ended, which is not known here yet
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    return this.exited;
  }

  /** Kills the pod and removes what was made for it; claims stay. */
  async end(): Promise<void> {
    running.delete(this);
    if (this.container) await this.kill();
    this.home.remove();
  }

  private async run(): Promise<void> {
    const { command = ['sleep', 'infinity'], network } = this.description;
    const take = (text: string) => { this.output += text; };
    this.container = await Container.start(this.home, command, network?.networkPid, take);
  }
}

// A test file that uses pods ends them, whether its tests passed or not.
if (typeof afterAll === 'function') afterAll(async () => Pod.endAll());
