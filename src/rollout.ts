/**
 * How a change of the pod template reaches the pods.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies
 */
export class Rollout {
  /** All pods, from the highest ordinal to the lowest. */
  public static rollingUpdate(): Rollout {
    return new Rollout('rollingUpdate', 0);
  }

  /**
   * Only the pods with the highest ordinals; the others keep the old template until the canary is lifted. One that reaches the primary is
   * refused (PG2808).
   *
   * @param count number of pods that are updated
   */
  public static canary(count: number = 1): Rollout {
    return new Rollout('canary', count);
  }

  /**
   * The replicas whose ordinal is above the primary's, which are all of them where `primaryOrdinal` is 0: an update goes from the highest ordinal to the
   * lowest, and cannot leave out one in the middle (PG2822). Where there is none, nothing is updated (PG2810).
   */
  public static replicasOnly(): Rollout {
    return new Rollout('replicasOnly', 0);
  }

  /** No pod: the change waits in the StatefulSet. */
  public static paused(): Rollout {
    return new Rollout('paused', 0);
  }

  /**
   * Pods whose ordinal is at least `ordinal`. A partition above the number of pods is refused (PG1402), and so is
   * one that reaches no pod (PG2809). One that reaches the primary and not the replicas below it is a warning (PG2823).
   *
   * @param ordinal the lowest ordinal that is updated
   */
  public static partition(ordinal: number): Rollout {
    return new Rollout('partition', ordinal);
  }

  /** A pod is updated when somebody deletes it. */
  public static onDelete(): Rollout {
    return new Rollout('onDelete', 0);
  }

  /** @internal */
  public readonly _kind: 'rollingUpdate' | 'canary' | 'replicasOnly' | 'paused' | 'partition' | 'onDelete';

  /** @internal */
  public readonly _count: number;

  private constructor(kind: 'rollingUpdate' | 'canary' | 'replicasOnly' | 'paused' | 'partition' | 'onDelete', count: number) {
    this._kind = kind;
    this._count = count;
  }
}

/**
 * The order in which pods are started and stopped.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-management-policies
 */
export enum PodManagement {
  /** All pods at once. The order that matters for the data is kept by the pods themselves. */
  PARALLEL = 'Parallel',

  /**
   * One after the other, which needs the primary to be at ordinal 0 (PG2821). A rollout that fails cannot be reverted without deleting the pod by hand. When all pods start anew and the volume of the first
   * one was lost, it can ask no replica and begins an empty database; the replicas refuse that one and keep the data.
   */
  ORDERED_READY = 'OrderedReady',
}
