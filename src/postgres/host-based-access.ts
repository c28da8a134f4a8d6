import { quoteHbaName } from './quoting';

/** Name of the map from the container's user to the roles. */
const MAP = 'pod';

/**
 * Who may connect from where. The first rule that matches decides; nobody is trusted.
 *
 * @see https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
 */
export function hostBasedAccess(): string {
  return [
    '# TYPE  DATABASE     USER      ADDRESS        METHOD',
    '',
    '# Inside the container: whoever runs as its user is one of the declared roles, without a password.',
    `local   all          all                      peer map=${MAP}`,
    '',
    '# Inside the pod and through `kubectl port-forward`: a password, the superuser too.',
    'host    all          all       127.0.0.1/32   scram-sha-256',
    'host    all          all       ::1/128        scram-sha-256',
    '',
    '# Over the network: a password, but never as the superuser.',
    'host    all          postgres  all            reject',
    'host    all          all       all            scram-sha-256',
    '',
  ].join('\n');
}

/**
 * The container's user may be each declared role.
 *
 * @see https://www.postgresql.org/docs/current/auth-username-maps.html
 */
export function userNameMap(containerUser: string, roles: readonly string[]): string {
  return [
    '# MAP  SYSTEM-USER  ROLE',
    ...roles.map((role) => `${MAP}    ${containerUser}     ${quoteHbaName(role)}`),
    '',
  ].join('\n');
}
