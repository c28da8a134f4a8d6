/**
 * Which user runs the pods. Everything else that the Pod Security Standard `restricted` asks for holds in any case: no root, no
 * privileges, a read-only root file system.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export class PodSecurity {
  /** The user of the image: 999 on Debian, 70 on Alpine, or the one of `PostgresImage.custom`. */
  public static restricted(): PodSecurity {
    return new PodSecurity(false);
  }

  /**
   * No user and no group are asked for: the cluster assigns them when it admits the pod, as OpenShift does. The image must have
   * `libnss_wrapper.so`, as the official ones do; it gives the user its name. On a cluster that assigns no user the pod is refused.
   *
   * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies
   */
  public static platformAssigned(): PodSecurity {
    return new PodSecurity(true);
  }

  /** @internal */
  public readonly _assigned: boolean;

  private constructor(assigned: boolean) {
    this._assigned = assigned;
  }
}
