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
   * Apart in any case: a pod that would come too close waits for a node. A volume that only one node or zone reaches keeps its pod there.
   *
   * @param topologyKeys labels of nodes that tell places apart, at least one
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
