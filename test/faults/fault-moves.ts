import { Fault, Step, upTo } from './fault';
import { comesBack } from './fault-kills';
import { pause, Stage } from './stage';

const movesTo0 = ({ others }: Step) => ({ primary: others[0] });

const switchover: Fault = {
  name: 'a switchover',
  weight: 5,
  changes: movesTo0,
  run: async (stage, { others }) => stage.declare(stage.ordinal(others[0])),
};

const revoked: Fault = {
  name: 'a switchover is revoked at once',
  weight: 3,
  async run(stage, { primary, others, numbers: [when] }) {
    stage.declare(stage.ordinal(others[0]));
    await pause(upTo(600, when));
    stage.declare(stage.ordinal(primary));
  },
};

const threeInARow: Fault = {
  name: 'three switchovers in a row',
  weight: 3,
  changes: movesTo0,
  async run(stage, { primary, others, numbers }) {
    const row = [others[0], others[1], primary, others[0]].slice(numbers[2] < 0.5 ? 0 : 1);
    for (const [index, rank] of row.entries()) {
      stage.declare(stage.ordinal(rank));
      await pause(upTo(1200, numbers[index % 2]));
    }
  },
};

/** A way in which a pod may end in the midst of a switchover. */
async function end(stage: Stage, rank: number, [how, when, back]: Step['numbers']): Promise<(() => Promise<void>) | void> {
  const ordinal = stage.ordinal(rank);
  await pause(upTo(900, when));
  if (how < 0.3) return stage.signalServer(ordinal, 'SIGKILL');
  if (how < 0.4) return stage.signalServer(ordinal, 'SIGQUIT');
  if (how < 0.7) return stage.killContainer(ordinal);
  await stage.loseNode(ordinal);
  return comesBack(stage, rank, back);
}

const candidateEnds: Fault = {
  name: 'a switchover, and the candidate ends',
  weight: 4,
  changes: movesTo0,
  async run(stage, { others: [candidate], numbers }) {
    stage.declare(stage.ordinal(candidate));
    return end(stage, candidate, numbers);
  },
};

const primaryEnds: Fault = {
  name: 'a switchover, and the old primary ends',
  weight: 4,
  changes: movesTo0,
  async run(stage, { primary, others: [candidate], numbers }) {
    stage.declare(stage.ordinal(candidate));
    return end(stage, primary, numbers);
  },
};

const bothEnd: Fault = {
  name: 'a switchover, and both pods end',
  weight: 2,
  changes: movesTo0,
  async run(stage, { primary, others: [candidate], numbers }) {
    stage.declare(stage.ordinal(candidate));
    await pause(upTo(900, numbers[0]));
    stage.killContainer(stage.ordinal(primary));
    await pause(upTo(300, numbers[1]));
    stage.killContainer(stage.ordinal(candidate));
  },
};

const programEnds: Fault = {
  name: 'a switchover, and a program of the runtime is killed',
  weight: 3,
  changes: movesTo0,
  async run(stage, { primary, others: [candidate, third], numbers: [who, when, what] }) {
    stage.declare(stage.ordinal(candidate));
    await pause(upTo(1200, when));
    stage.killProgram(stage.ordinal([primary, candidate, third][Math.floor(who * 3)]), what < 0.8 ? 'switchover.sh' : 'agent.sh');
  },
};

const stale: Fault = {
  name: 'a switchover that one pod does not hear of',
  weight: 3,
  changes: movesTo0,
  async run(stage, { any, others: [candidate] }) {
    const ordinal = stage.ordinal(any);
    stage.withhold(ordinal);
    stage.declare(stage.ordinal(candidate));
    return () => stage.deliver(ordinal);
  },
};

export const moves: readonly Fault[] = [switchover, revoked, threeInARow, candidateEnds, primaryEnds, bothEnd, programEnds, stale];
