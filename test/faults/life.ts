import type { Mode } from './checks';
import { History } from './history';
import { removeClaims, Stage } from './stage';
import { CREATE_TABLE, Writers } from './writers';
import { Replication } from '../../src';
import { synthesize } from '../runtime/replicas-fixture';
import { fromTemplate } from '../runtime/replicas-template';
import { KubernetesObject } from '../support/pod-from-manifests';
import { Server } from '../support/servers';

/** One cluster with its clients, over many rounds. */
export class Life {
  static async begin(server: Server, mode: Mode, clock: () => number, hear: (note: string) => void): Promise<Life> {
    const pods = await fromTemplate(`${server.major}-3`, { server, manifests: manifests(server, mode) });
    try {
      await pods.sql(pods.primary, CREATE_TABLE);
      await pods.waitForStreaming();
      return new Life(server, mode, new Stage(pods, clock, hear));
    } catch (error) {
      await pods.end();
      removeClaims(pods);
      throw error;
    }
  }

  readonly history = new History();
  readonly writers: Writers;

  private constructor(readonly server: Server, readonly mode: Mode, readonly stage: Stage) {
    this.writers = new Writers(stage.ordinals, (ordinal) => stage.pods.pod(ordinal), this.history, stage.clock, () => stage.quiet);
  }

  async end(): Promise<void> {
    // its volumes are taken away whatever becomes of its clients
    await Promise.all([this.writers.end(), this.stage.end()]);
  }
}

/** Synchronous: a transaction is confirmed once one replica has it on disk. */
function manifests(server: Server, mode: Mode): KubernetesObject[] {
  return synthesize(server, mode === 'synchronous' ? { replication: Replication.synchronous({ quorum: 1 }) } : {});
}
