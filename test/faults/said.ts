import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a pod says of itself. */
export interface Said {
  readonly state: string;
  readonly reason: string;
  /** `primary`, or `standby` and whom it follows. */
  readonly role: string;
}

/** The timelines that a server has begun, as its log says: with each promotion one, whose number it chooses by those that it knows of. */
export function timelinesBegun(log: string): Set<number> {
  return new Set([...log.matchAll(/ LOG: {2}selected new timeline ID: (\d+)$/gm)].map(([, timeline]) => Number(timeline)));
}

/** Nothing of a pod that is not there. */
export function readSaid(folder: () => string): Said {
  const read = (file: string) => {
    try {
      return readFileSync(join(folder(), file), 'utf8');
    } catch {
      return '';
    }
  };
  const state = read('state');
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(state)?.[1] ?? '';
  return { state: value('state'), reason: value('reason'), role: read('role').trim() };
}
