import type { PlatformPlan } from './plan';
import { IpFamily, IpFamilyPolicy } from '../ip-family';

/** Families of addresses that the Services have or may have. Where nothing is named it is that of nearly every cluster. */
export function serviceFamilies({ ipFamilies, ipFamilyPolicies }: PlatformPlan): (4 | 6)[] {
  if (ipFamilyPolicies.some((policy) => policy !== IpFamilyPolicy.SINGLE_STACK)) return [4, 6];
  return ipFamilies.length === 0 ? [4] : ipFamilies.map((family) => family === IpFamily.IPV6 ? 6 : 4);
}
