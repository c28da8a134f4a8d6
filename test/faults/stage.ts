import { AsyncLocalStorage } from 'node:async_hooks';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from './fault';
import { wasPrimary } from './kept';
import { within } from './limit';
import { readSaid, Said } from './said';
import { Cluster } from '../support/cluster';
import { PodProcess } from '../support/pod';
import { removeTemporary, temporaryDirectory } from '../support/pod/temporary';
import { signalBelow } from '../support/signals';

const PRIVATE = '/run/cdk8s-postgres';
/** Seconds after which a standby that is stuck decides anew, where it would wait for a minute; the server itself tries again after 5. */
export const STUCK = 8;

/** A deletion's grace period included. */
const LONGEST_WORK = 60_000;

/**
 * The pods that a campaign works on, with what a cluster has around them: a kubelet that starts a container again when it has ended, and a
 * record of all that was done. What is done to one pod's life is done one after the other.
 */
export class Stage {
  readonly notes: string[] = [];
  /** Of this round: who has forced a failover, and whose volume was emptied. */
  readonly forcedBy = new Set<'plan' | 'person'>();
  readonly forcedPods = new Set<number>();
  /** Whether no pod can decide any more who is the primary: the last one's volume was emptied. */
  primaryEmptied = false;
  /** Whether a failover of the plan was refused, or ended on the way: it leaves a primary declared that has not taken over. */
  undecided = false;
  /** Whether a person has declared the pod that stepped down again, since the one that was declared asked for a decision. */
  wentBack = false;
  /** Whether the clients are silent for a while: a database that nobody writes to looks the same on all pods. */
  quiet = false;
  readonly emptied = new Map<number, number>();
  /** The copies that were taken away from a volume because there was no room for a second one: until the round is checked they are elsewhere. */
  readonly takenAway = new Map<number, string[]>();
  /** What of the plan could not be done. */
  readonly inVain = new Set<Step>();
  private readonly step = new AsyncLocalStorage<Step>();
  private readonly busy = new Map<number, Promise<unknown>>();
  private readonly oldLogs = new Map<number, string>();
  private readonly logged = new Map<number, number>();
  private readonly timer: NodeJS.Timeout;
  private base = 0;

  /** Notes are heard at once: of a round that does not end nothing else is known. */
  constructor(readonly pods: Cluster, readonly clock: () => number, private readonly hear: (note: string) => void) {
    this.timer = setInterval(() => this.tend(), 100);
  }

  get ordinals(): readonly number[] {
    return [0, 1, 2];
  }

  beginRound(): void {
    this.notes.length = 0;
    this.forcedBy.clear();
    this.forcedPods.clear();
    this.primaryEmptied = false;
    this.undecided = false;
    this.wentBack = false;
    this.quiet = false;
    this.emptied.clear();
    this.forgetTakenAway();
    this.inVain.clear();
    this.base = this.pods.primary;
    for (const ordinal of this.ordinals) this.logged.set(ordinal, this.log(ordinal).length);
  }

  get forced(): boolean {
    return this.forcedBy.size > 0;
  }

  /** Does a step of the plan; what of it turns out to be impossible counts for it, whatever else goes on meanwhile. */
  async during<T>(step: Step, work: () => Promise<T>): Promise<T> {
    return this.step.run(step, work);
  }

  /** What is being done is in vain. */
  missed(): void {
    const step = this.step.getStore();
    if (step) this.inVain.add(step);
  }

  /** The pod of a rank of the plan: 0 is the declared primary of the round's beginning. */
  ordinal(rank: number): number {
    return (this.base + rank) % this.ordinals.length;
  }

  note(text: string): void {
    this.notes.push(`${String(this.clock()).padStart(9)} ms  ${text}`);
    this.hear(this.notes[this.notes.length - 1]);
  }

  /** What happens to the life of one pod happens after what happens to it already. */
  async alone<T>(ordinal: number, work: () => Promise<T>): Promise<T> {
    const before = this.busy.get(ordinal) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    this.busy.set(ordinal, mine);
    try {
      return await mine;
    } finally {
      if (this.busy.get(ordinal) === mine) this.busy.delete(ordinal);
    }
  }

  exists(ordinal: number): boolean {
    return this.pods.ordinals.includes(ordinal);
  }

  async deletePod(ordinal: number): Promise<void> {
    await this.alone(ordinal, async () => {
      if (!this.exists(ordinal)) return this.missed();
      // one that stands still would let its whole grace period pass
      this.thaw(ordinal);
      this.note(`pod ${ordinal} is deleted`);
      await this.keepingLog(ordinal, async () => this.pods.stopPod(ordinal));
    });
  }

  /** What nobody needs on a volume any more is looked at before it is thrown away. */
  takeAway(ordinal: number, copy: string): void {
    const elsewhere = temporaryDirectory('taken');
    renameSync(copy, elsewhere);
    this.takenAway.set(ordinal, [...this.takenAway.get(ordinal) ?? [], elsewhere]);
  }

  async loseNode(ordinal: number): Promise<void> {
    await this.alone(ordinal, async () => {
      if (!this.exists(ordinal)) return this.missed();
      this.note(`the node of pod ${ordinal} is lost`);
      await this.keepingLog(ordinal, async () => this.pods.killPod(ordinal));
    });
  }

  async bringBack(ordinal: number): Promise<void> {
    await this.alone(ordinal, async () => {
      if (this.exists(ordinal)) return;
      await this.pods.startPod(ordinal);
      this.note(`pod ${ordinal} is back`);
    });
  }

  /** The node and its volume are lost; the pod is not made anew yet. */
  async loseVolume(ordinal: number): Promise<void> {
    await this.loseNode(ordinal);
    await this.alone(ordinal, async () => {
      if (this.exists(ordinal)) return;
      const leads = ordinal === this.pods.primary || wasPrimary(this.pods.claim(ordinal));
      const another = this.ordinals.some((other) => other !== ordinal && this.said(other).role === 'primary');
      // of two primaries the one that was forced counts
      if (leads && (this.forced || !another)) this.primaryEmptied = true;
      removeTemporary(this.pods.claim(ordinal));
      this.pods.deleteClaim(ordinal);
      this.emptied.set(ordinal, this.clock());
      this.note(`the volume of pod ${ordinal} is empty`);
    });
  }

  /** PID 1; the kubelet starts the container again. */
  killContainer(ordinal: number): void {
    this.attempt(`PID 1 of pod ${ordinal} is killed`, () => this.pods.pod(ordinal).signal('SIGKILL'));
  }

  signalServer(ordinal: number, signal: NodeJS.Signals): void {
    this.attempt(`the server of pod ${ordinal} gets ${signal}`, () => {
      const found = this.processes(ordinal).find(({ name, parent }) => name === 'postgres' && parent === 1);
      if (!found) throw new Error('it has none');
      process.kill(found.hostPid, signal);
    });
  }

  /** Waits for a program in a pod, and says whether it came. */
  async seen(ordinal: number, program: string, timeout: number): Promise<PodProcess | undefined> {
    for (const end = this.clock() + timeout; this.clock() < end; await pause(20)) {
      const found = this.processes(ordinal).find(({ name, state }) => name === program && state !== 'Z');
      if (found) return found;
    }
    this.missed();
    this.note(`${program} was not seen in pod ${ordinal}`);
    return undefined;
  }

  /** The program of that name that runs in the pod beside the server. */
  killProgram(ordinal: number, program: string): void {
    this.attempt(`${program} of pod ${ordinal} is killed`, () => {
      const found = this.processes(ordinal).find(({ command, parent }) => parent === 1 && command.some((word) => word.endsWith(`/${program}`)));
      if (!found) throw new Error('it does not run');
      process.kill(found.hostPid, 'SIGKILL');
    });
  }

  killProcess({ hostPid, name }: PodProcess, ordinal: number): void {
    this.attempt(`${name} of pod ${ordinal} is killed`, () => process.kill(hostPid, 'SIGKILL'));
  }

  /** All that runs in the pod stands still, as on a machine that is moved or hangs; its kernel goes on answering. */
  freeze(ordinal: number): void {
    if (this.processes(ordinal).length === 0) this.missed();
    this.signalAll(ordinal, 'SIGSTOP', `pod ${ordinal} stands still`);
  }

  thaw(ordinal: number): void {
    this.signalAll(ordinal, 'SIGCONT', `pod ${ordinal} goes on`);
  }

  cut(ordinal: number, other?: number): void {
    this.attempt(`pod ${ordinal} is cut off${other === undefined ? '' : ` from pod ${other}`}`, () => this.pods.cut(ordinal, other));
  }

  heal(ordinal: number, other?: number): void {
    const what = `pod ${ordinal} is connected again${other === undefined ? '' : ` with pod ${other}`}`;
    this.attempt(what, () => this.pods.heal(ordinal, other), () => undefined);
  }

  declare(primary: number): void {
    this.note(`pod ${primary} is declared`);
    this.pods.declare({ primary });
  }

  /** From now on that pod does not hear what is declared. */
  withhold(ordinal: number): void {
    this.note(`pod ${ordinal} hears of no changes any more`);
    this.pods.withhold(ordinal);
  }

  deliver(ordinal: number): void {
    this.note(`pod ${ordinal} hears of all changes`);
    this.pods.deliver(ordinal);
  }

  /** What the files say that the pod's own scripts go by. */
  said(ordinal: number): Said {
    return readSaid(() => this.pods.pod(ordinal).hostPath(PRIVATE));
  }

  /** Everything that the pods of an ordinal have said. */
  log(ordinal: number): string {
    return (this.oldLogs.get(ordinal) ?? '') + (this.exists(ordinal) ? this.pods.pod(ordinal).logs() : '');
  }

  /** What they have said in this round. */
  logOfRound(ordinal: number): string {
    return this.log(ordinal).slice(this.logged.get(ordinal) ?? 0);
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    const busy = Promise.all([...this.busy.values()].map(async (work) => work.catch(() => undefined)));
    await within(LONGEST_WORK, 'what was done to the pods', async () => busy).catch(() => undefined);
    try {
      await this.pods.end();
    } finally {
      this.forgetTakenAway();
      removeClaims(this.pods);
    }
  }

  /** The kubelet's part, and the clock's: who waits for minutes waits for seconds here. */
  private tend(): void {
    for (const ordinal of this.pods.ordinals) {
      if (this.busy.has(ordinal)) continue;
      const pod = this.pods.pod(ordinal);
      if (pod.ending) {
        void this.alone(ordinal, async () => {
          if (!pod.ending || !this.exists(ordinal)) return;
          await pod.restart();
          this.note(`the container of pod ${ordinal} is started again`);
        }).catch((error: unknown) => this.note(`the container of pod ${ordinal} could not be started again: ${String(error)}`));
      } else {
        writeFileSync(join(pod.hostPath(PRIVATE), 'patience'), `${STUCK}\n`);
      }
    }
  }

  /** Not to what came in from outside: whoever brought it in would stand still with it. */
  private signalAll(ordinal: number, signal: NodeJS.Signals, what: string): void {
    this.attempt(what, () => {
      // what is started meanwhile by one that still runs is found the second time
      for (let turn = 0; turn < 2; turn += 1) signalBelow(1, this.processes(ordinal), signal);
    });
  }

  private forgetTakenAway(): void {
    for (const copy of [...this.takenAway.values()].flat()) removeTemporary(copy);
    this.takenAway.clear();
  }

  private processes(ordinal: number): PodProcess[] {
    return this.exists(ordinal) ? this.pods.pod(ordinal).processes() : [];
  }

  private async keepingLog(ordinal: number, end: () => Promise<void>): Promise<void> {
    const pod = this.pods.pod(ordinal);
    await end();
    this.oldLogs.set(ordinal, `${this.oldLogs.get(ordinal) ?? ''}${pod.logs()}--- the pod is gone\n`);
  }

  /** What cannot be done now is told: the plan knows nothing of what the machine has come to. */
  private attempt(what: string, action: () => void, missed = () => this.missed()): void {
    try {
      action();
      this.note(what);
    } catch (error) {
      missed();
      this.note(`${what}: not possible, ${(error as Error).message}`);
    }
  }
}

/** A campaign makes more volumes than a disk may have room for. */
export function removeClaims(pods: Cluster): void {
  for (const ordinal of [0, 1, 2]) removeTemporary(pods.claim(ordinal));
}

export async function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
