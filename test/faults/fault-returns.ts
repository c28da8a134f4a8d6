import { Fault, upTo } from './fault';
import { forceFailOver } from './human';
import { pause } from './stage';

const REWIND_BEGINS = 20_000;

const rewindCutOff: Fault = {
  name: 'a rewind is cut off',
  weight: 4,
  applies: ({ forced }) => !forced,
  changes: ({ others }) => ({ primary: others[0], forced: true }),
  async run(stage, { primary, others, numbers: [when, how] }) {
    const ordinal = stage.ordinal(primary);
    stage.cut(ordinal);
    await pause(upTo(1000, when));
    await stage.loseNode(ordinal);
    const forced = await forceFailOver(stage, others.map((rank) => stage.ordinal(rank)));
    await stage.bringBack(ordinal);
    const found = forced ? await stage.seen(ordinal, 'pg_rewind', REWIND_BEGINS) : undefined;
    if (found && how < 0.5) stage.killProcess(found, ordinal);
    else if (found) stage.killContainer(ordinal);
  },
};

const returnsStale: Fault = {
  name: 'an old primary returns that has not heard of the new one',
  weight: 4,
  applies: ({ forced }) => !forced,
  changes: ({ others }) => ({ primary: others[0], forced: true }),
  async run(stage, { primary, others, numbers: [apart, when, long] }) {
    const ordinal = stage.ordinal(primary);
    stage.withhold(ordinal);
    if (apart < 0.5) {
      stage.cut(ordinal);
      stage.killContainer(ordinal);
    } else {
      await stage.loseNode(ordinal);
    }
    await pause(upTo(500, when));
    await forceFailOver(stage, others.map((rank) => stage.ordinal(rank)));
    await stage.bringBack(ordinal);
    await pause(upTo(2000, long));
    return async () => {
      stage.heal(ordinal);
      // it may meet the new one before it hears of it
      await pause(upTo(1000, when));
      stage.deliver(ordinal);
    };
  },
};

export const returns: readonly Fault[] = [rewindCutOff, returnsStale];
