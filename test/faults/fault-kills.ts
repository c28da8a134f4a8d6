import { Fault, Step, upTo } from './fault';
import { pause, Stage } from './stage';

/** One server ends, in whatever way; the supervisor starts it again. */
const serverEnds = (name: string, signal: NodeJS.Signals, weight = 2): Fault => ({
  name,
  weight,
  run: async (stage, { any }) => stage.signalServer(stage.ordinal(any), signal),
});

const primaryEnds: Fault = {
  name: 'the server of the primary is killed',
  weight: 3,
  run: async (stage, { primary }) => stage.signalServer(stage.ordinal(primary), 'SIGKILL'),
};

const containerKilled: Fault = {
  name: 'PID 1 is killed',
  weight: 3,
  run: async (stage, { any }) => stage.killContainer(stage.ordinal(any)),
};

const podDeleted: Fault = {
  name: 'a pod is deleted and made anew',
  weight: 3,
  async run(stage, { any }) {
    await stage.deletePod(stage.ordinal(any));
    await stage.bringBack(stage.ordinal(any));
  },
};

const nodeLost: Fault = {
  name: 'a node is lost',
  weight: 3,
  async run(stage, { any, numbers }) {
    await stage.loseNode(stage.ordinal(any));
    return comesBack(stage, any, numbers[0]);
  },
};

const replicasLost: Fault = {
  name: 'the nodes of both replicas are lost',
  weight: 2,
  async run(stage, { others, numbers }) {
    await Promise.all(others.map(async (rank) => stage.loseNode(stage.ordinal(rank))));
    const undo = await Promise.all(others.map(async (rank, index) => comesBack(stage, rank, numbers[index])));
    return async () => void await Promise.all(undo.map(async (one) => one()));
  },
};

const allKilled: Fault = {
  name: 'all containers are killed at once',
  weight: 1,
  async run(stage, step) {
    for (const rank of everybody(step)) stage.killContainer(stage.ordinal(rank));
  },
};

/** Half of the time soon, else at the round's end. */
export async function comesBack(stage: Stage, rank: number, number: number): Promise<() => Promise<void>> {
  const ordinal = stage.ordinal(rank);
  if (number < 0.5) {
    await pause(upTo(4000, number));
    await stage.bringBack(ordinal);
  }
  return async () => stage.bringBack(ordinal);
}

function everybody({ primary, others }: Step): readonly number[] {
  return [primary, ...others];
}

export const kills: readonly Fault[] = [
  serverEnds('a server is killed', 'SIGKILL'),
  serverEnds('a server is shut down fast', 'SIGINT'),
  serverEnds('a server is shut down immediately', 'SIGQUIT'),
  primaryEnds, containerKilled, podDeleted, nodeLost, replicasLost, allKilled,
];
