/** Labels of nodes that the pods are spread over where the program names none. */
const USUAL_KEYS = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'];

/**
 * How the pods are kept apart, so that one node or one zone that is lost takes few of them.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export class Spread {
  /**
   * Apart where there is room; together rather than not at all.
   *
   * @param topologyKeys labels of nodes that tell places apart; without any, hosts and zones
   */
  public static preferred(...topologyKeys: string[]): Spread {
    return new Spread('preferred', topologyKeys.length === 0 ? USUAL_KEYS : topologyKeys);
  }

  /**
   * Evenly in any case: no place gets two pods more than another, and a pod that would break that waits for a node. With as many places as pods
   * each pod has its own; with fewer they share, and where there is one place all pods are there. Places are those of the nodes
   * that `nodeSelector` leaves, also of those that are full or tainted. A volume that only one node or zone reaches keeps its pod there.
   *
   * @param topologyKeys labels of nodes that tell places apart, at least one
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#spread-constraint-definition
   */
  public static required(...topologyKeys: string[]): Spread {
    return new Spread('required', topologyKeys);
  }

  /** Wherever the scheduler puts them. */
  public static unrestricted(): Spread {
    return new Spread('unrestricted', []);
  }

  /** @internal */
  public readonly _kind: 'preferred' | 'required' | 'unrestricted';

  /** @internal */
  public readonly _topologyKeys: readonly string[];

  private constructor(kind: 'preferred' | 'required' | 'unrestricted', topologyKeys: readonly string[]) {
    this._kind = kind;
    this._topologyKeys = topologyKeys;
  }
}
