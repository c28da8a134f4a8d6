import type { Mode } from './checks';
import { History } from './history';
import { Stage } from './stage';
import { CREATE_TABLE, Writers } from './writers';
import { synthesize } from '../runtime/replicas-fixture';
import { Cluster } from '../support/cluster';
import { KubernetesObject } from '../support/pod-from-manifests';
import { Server } from '../support/servers';

const START = 180_000;

/** One cluster with its clients, over many rounds. */
export class Life {
  static async begin(server: Server, mode: Mode, clock: () => number): Promise<Life> {
    const pods = await Cluster.start({ server, manifests: manifests(server, mode) });
    try {
      await pods.waitForStreaming({ timeout: START });
      await pods.sql(pods.primary, CREATE_TABLE);
      await pods.waitForStreaming();
      return new Life(mode, new Stage(pods, clock));
    } catch (error) {
      await pods.end();
      throw error;
    }
  }

  readonly history = new History();
  readonly writers: Writers;

  private constructor(readonly mode: Mode, readonly stage: Stage) {
    this.writers = new Writers(stage.ordinals, (ordinal) => stage.pods.pod(ordinal), this.history, stage.clock);
  }

  async end(): Promise<void> {
    await this.writers.end();
    await this.stage.end();
  }
}

function manifests(server: Server, mode: Mode): KubernetesObject[] {
  // short connection failures should not take longer than they must
  const objects = synthesize(server);
  if (mode === 'asynchronous') return objects;
  return objects.map((object) => {
    const { name } = object.metadata;
    if (object.kind !== 'ConfigMap') return object;
    if (name === 'orders-db-reload') return with_(object, 'reload.conf', `${object.data['reload.conf']}${SYNCHRONOUS}`);
    return name === 'orders-db-topology' ? with_(object, 'quorum', '1\n') : object;
  });
}
