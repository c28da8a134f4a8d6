import type { Plan } from './plan';
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
