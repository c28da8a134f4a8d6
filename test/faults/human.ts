import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { foldersKept } from './kept';
import { Stage } from './stage';
import { Pod } from '../support/pod';

/** It refuses, or is done, long before its time is over. */
const FAIL_OVER = ['timeout', '120', 'bash', '/opt/cdk8s-postgres/fail-over.sh', '--force'];
const DONE = ' this server is the primary now';
/** After that time a person no longer waits: in a pod that stands still the program does, too. */
const PATIENCE = 90_000;
/** How long there is no primary before somebody is sure that there will be none. */
const UNTIL_DECIDED = 6000;
const SETTLED = ['running', 'waiting'];

/** What a program said, and its status: none where it is still at work, null where a signal ended it or nobody knows. */
interface Answer {
  readonly status?: number | null;
  readonly text: string;
}

/** What a person does who has lost a primary for good: declares another pod and forces it; where that one refuses, the next. */
export async function forceFailOver(stage: Stage, candidates: readonly number[], by: 'plan' | 'person' = 'plan'): Promise<boolean> {
  for (const ordinal of candidates) if (await tryFailOver(stage, ordinal, by)) return true;
  if (by === 'plan') leaveUndecided(stage);
  return false;
}

/** Nobody takes over as planned. */
export function leaveUndecided(stage: Stage): void {
  stage.undecided = true;
  stage.missed();
}

export async function tryFailOver(stage: Stage, ordinal: number, by: 'plan' | 'person'): Promise<boolean> {
  if (!stage.exists(ordinal)) return false;
  stage.declare(ordinal);
  return forced(stage, ordinal, by);
}

async function forced(stage: Stage, ordinal: number, by: 'plan' | 'person'): Promise<boolean> {
  try {
    const first = await noted(stage, ordinal);
    const { status } = first.status === 1 && onlyEmptied(stage, first.text) ? await noted(stage, ordinal, '--accept-data-loss') : first;
    // whoever was killed in the midst of it may have done it
    if (status !== undefined && status !== 0 && status !== null && status < 128) return false;
    stage.forcedBy.add(by);
    stage.forcedPods.add(ordinal);
    return status === undefined || status === 0;
  } catch (error) {
    stage.note(`fail-over.sh of pod ${ordinal}: ${(error as Error).message}`);
    return false;
  }
}

async function noted(stage: Stage, ordinal: number, ...options: string[]): Promise<Answer> {
  const answer = await failOver(stage.pods.pod(ordinal), options);
  const { status, text } = answer;
  const end = status === undefined ? 'is through' : `ended with ${status}`;
  stage.note(`fail-over.sh of pod ${ordinal} ${[...options, end].join(' ')}: ${text.trim().replace(/\n/g, ' / ')}`);
  return answer;
}

/** Whether it is refused for nothing but what a pod may have done whose volume is gone: nothing better will ever come back. */
export function onlyEmptied({ emptied }: Pick<Stage, 'emptied'>, text: string): boolean {
  const refusals = [...text.matchAll(/^refused: (.*)$/gm)].map(([, reason]) => /^orders-db-(\d) was about to take over and does not answer/.exec(reason));
  return refusals.length > 0 && refusals.every((found) => found && emptied.has(Number(found[1])));
}

/**
 * Whether nothing but a person ends this: the declared pod has an empty volume while others have data, or has been superseded while a pod with an empty
 * volume cannot say that it has nothing else.
 */
export function waitsForDecision(reasons: readonly string[], declared: number): boolean {
  const reason = reasons[declared];
  return reason.startsWith('lost-primary: ') || (reason.startsWith('superseded: ') && reasons.some((other) => other.startsWith('no-primary: this volume is empty')));
}

/** Whether a standby goes on, beyond its fork, on a timeline that the pod that was the primary last has left. */
export async function hasParted({ pods }: Pick<Stage, 'pods'>, ordinal: number, last: number): Promise<boolean> {
  try {
    const [newest, fork] = (await pods.sql(last, String.raw`SELECT name, substring(pg_read_file('pg_wal/' || name) FROM '\t([0-9A-F]+/[0-9A-F]+)\t[^\n]*\n*$')
      FROM pg_ls_waldir() WHERE name ~ '[.]history$' ORDER BY name DESC LIMIT 1`)).split('|');
    return await pods.sql(ordinal, `SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) > '${fork}'
      AND NOT EXISTS (SELECT FROM pg_ls_waldir() WHERE name = '${newest}')`) === 't';
  } catch {
    // one that does not answer is waited for
    return false;
  }
}

/** Ends with the program, or as soon as that says that the pod is the primary: then it goes on for a while to look after the old one. */
async function failOver(pod: Pod, options: readonly string[]): Promise<Answer> {
  const child = pod.spawn([...FAIL_OVER, ...options]);
  let text = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (data: string) => {
        text += data;
        if (text.includes(DONE)) resolve({ text });
      });
    }
    child.on('error', reject);
    const timer = setTimeout(() => resolve({ status: null, text: `${text}nobody waits for it any more` }), PATIENCE);
    child.on('close', () => clearTimeout(timer));
    child.on('exit', (status) => setTimeout(() => resolve({ status, text }), 100));
  });
}

/**
 * Somebody who looks after the pods while they come together, and decides what no pod may decide: only where the last primary's volume was
 * emptied, a planned failover has not come to an end, or the declared pod waits for a decision. All else the pods have to get out of alone.
 */
export class Attendant {
  private without = 0;

  constructor(private readonly stage: Stage, private readonly force = forceFailOver) {
    this.without = stage.clock();
  }

  async look(): Promise<void> {
    const said = this.stage.ordinals.map((ordinal) => ({ ordinal, ...this.stage.said(ordinal) }));
    for (const { ordinal, reason } of said) if (reason.startsWith('set-aside: ')) this.takeCopiesAway(ordinal);
    // whoever is on the way to something is waited for
    if (said.some(({ state, role }) => state === 'running' && role === 'primary' || !SETTLED.includes(state))) {
      this.without = this.stage.clock();
      return;
    }
    if (this.stage.clock() - this.without < UNTIL_DECIDED) return;
    const { primary } = this.stage.pods;
    if (!this.stage.primaryEmptied && !this.stage.undecided) {
      if (waitsForDecision(said.map(({ reason }) => reason), primary)) this.goBack();
      else if (said[primary].reason.startsWith('superseded: ')) await this.goBackFromParted(said.filter(({ state }) => state === 'running').map(({ ordinal }) => ordinal));
      return;
    }
    const standbys = said.filter(({ state, role }) => state === 'running' && role !== 'primary').map(({ ordinal }) => ordinal);
    // it may be about to begin
    if (standbys.length === 0) return;
    this.stage.note(`there is no primary: ${said.map(({ ordinal, state, reason, role }) => `${ordinal} ${state} ${role} ${reason.slice(0, 60)}`).join('; ')}`);
    await this.force(this.stage, [...standbys.filter((one) => one === primary), ...standbys.filter((one) => one !== primary)], 'person');
    this.without = this.stage.clock();
  }

  /** The one that stepped down is no source for the declared pod as long as another one has followed that beyond where they parted. */
  private async goBackFromParted(running: readonly number[]): Promise<void> {
    const before = this.steppedDown();
    if (before === undefined || !running.includes(before)) return;
    const parted = running.filter((ordinal) => ordinal !== before).map(async (ordinal) => hasParted(this.stage, ordinal, before));
    if ((await Promise.all(parted)).includes(true)) this.goBack();
  }

  private steppedDown(): number | undefined {
    return this.stage.ordinals.find((ordinal) => ordinal !== this.stage.pods.primary && existsSync(join(this.stage.pods.claim(ordinal), '.stepped-down')));
  }

  /** The declared pod cannot take over from the one that stepped down for it, which takes the writes back at once. */
  private goBack(): void {
    const before = this.steppedDown();
    if (before === undefined) return;
    this.stage.note(`pod ${before} has stepped down for a pod that waits for a decision: a person goes back`);
    this.stage.wentBack = true;
    this.stage.declare(before);
    this.without = this.stage.clock();
  }

  private takeCopiesAway(ordinal: number): void {
    const { copies } = foldersKept(this.stage.pods.claim(ordinal));
    this.stage.note(`pod ${ordinal} has a copy set aside already, which is taken away`);
    for (const copy of copies) this.stage.takeAway(ordinal, copy);
  }
}
