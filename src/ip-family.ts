/**
 * A kind of addresses.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dual-stack/
 */
export enum IpFamily {
  /** Addresses such as 10.96.0.1. */
  IPV4 = 'IPv4',
  /** Addresses such as fd00::1. */
  IPV6 = 'IPv6',
}

/**
 * How many addresses a Service has.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services
 */
export enum IpFamilyPolicy {
  /** One address, of the cluster's first family or of the one that is named. */
  SINGLE_STACK = 'SingleStack',
  /** One of each family where the cluster has both, else one. */
  PREFER_DUAL_STACK = 'PreferDualStack',
  /** One of each family; a cluster that has not both refuses the Service. */
  REQUIRE_DUAL_STACK = 'RequireDualStack',
}
