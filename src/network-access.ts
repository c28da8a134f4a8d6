/**
 * Who reaches the database over the network, held by NetworkPolicies: one for the server's pods and one for those of the Jobs. Both deny
 * by default in both directions; the server, its backup Jobs and name resolution always work. Programs that reach it by a tunnel of
 * the cluster (`kubectl port-forward`, `exec`) and the node that the pod runs on are never kept out.
 *
 * They hold only where the cluster's network plugin enforces them.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class NetworkAccess {
  /** Every pod of the database's own namespace, and what is declared by `connections`. */
  public static sameNamespace(): NetworkAccess {
    return new NetworkAccess('sameNamespace');
  }

  /** Nobody but what is declared by `connections`. */
  public static declared(): NetworkAccess {
    return new NetworkAccess('declared');
  }

  /** Everybody: no NetworkPolicy is made. */
  public static unrestricted(): NetworkAccess {
    return new NetworkAccess('unrestricted');
  }

  /** @internal */
  public readonly _kind: 'sameNamespace' | 'declared' | 'unrestricted';

  private constructor(kind: 'sameNamespace' | 'declared' | 'unrestricted') {
    this._kind = kind;
  }
}
