import { AccessLine, accessLines, AccessRequest, MAP, Zone } from './access-lines';
import { quoteHbaName } from './quoting';

const ABOUT: readonly (readonly [Zone, string])[] = [
  ['guards', 'Guards: the superuser has a password inside the pod and through `kubectl port-forward` only; replication is for replicas, and they see one database only.'],
  ['system', 'System: whoever runs as the container\'s user is one of the declared roles; inside the pod a password; the Jobs of the database.'],
  ['user', 'User: from the prop `hbaRules`, in its order.'],
  ['default', 'Default: a password.'],
];

/**
 * Who may connect from where. The first rule that matches decides; nobody is trusted.
 *
 * @see https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
 */
export function hostBasedAccess(request: AccessRequest): string {
  const lines = accessLines(request);
  return [
    '# TYPE     DATABASE     USER         ADDRESS       METHOD',
    ...ABOUT.flatMap(([zone, about]) => {
      const own = lines.filter((line) => line.zone === zone);
      return own.length === 0 ? [] : ['', `# ${about}`, ...own.map(text)];
    }),
    '',
  ].join('\n');
}

function text(line: AccessLine): string {
  const { type, databases, roles, groups, addresses, method } = line;
  const all = (names: readonly string[]): string => names.length === 0 ? 'all' : names.join(',');
  return [
    type.padEnd(10),
    (line.replication ? 'replication' : all(databases.map(quoteHbaName))).padEnd(12),
    // the plus stands before the quotes: in them it is a part of the name
    all([...roles.map(quoteHbaName), ...groups.map((group) => `+${quoteHbaName(group)}`)]).padEnd(12),
    (type === 'local' ? '' : all(addresses)).padEnd(13),
    method,
  ].join(' ');
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
