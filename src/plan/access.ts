import type { HbaRulePlan, Plan } from './plan';
import type { AccessRequest } from '../postgres/access-lines';

/** What the access rules of a database follow from: for the file that is written, and for the rules that judge it. */
export function accessOf({ tls, roles, hbaRules }: Plan): AccessRequest {
  const [one] = tls;
  return {
    tls: one === undefined ? 'off' : one.mode,
    clientCertificates: one === undefined ? 'none' : one.clientCertificates,
    jobRoles: roles.filter(({ kind }) => kind === 'backup' || kind === 'restore').map(({ name }) => name),
    rules: hbaRules,
  };
}

/** A rule in the words of pg_hba.conf. */
export function described({ type, databases, roles, groups, addresses, method }: HbaRulePlan): string {
  const all = (names: readonly string[]): string => names.length === 0 ? 'all' : names.join(',');
  return [type, all(databases), all([...roles, ...groups.map((group) => `+${group}`)]), all(addresses), method].join(' ');
}
