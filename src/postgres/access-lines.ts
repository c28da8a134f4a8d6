import { AddressRange, EVERYWHERE, isIn, parseRange, withLength } from './addresses';

/** Name of the map from the container's user to the roles. */
export const MAP = 'pod';

/** A rule of the user's. An empty list means: everybody, everything, from everywhere. */
export interface AccessRule {
  readonly type: 'host' | 'hostssl' | 'hostnossl';
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  /** Roles of which one must be a member. */
  readonly groups: readonly string[];
  readonly addresses: readonly string[];
  readonly method: string;
}

/** What the access rules follow from. */
export interface AccessRequest {
  readonly tls: 'off' | 'optional' | 'required';
  readonly clientCertificates: string;
  /** Roles of the construct's own Jobs, which have a password and no certificate. */
  readonly jobRoles: readonly string[];
  readonly rules: readonly AccessRule[];
}

export type Zone = 'guards' | 'system' | 'user' | 'default';

/** One line of pg_hba.conf. */
export interface AccessLine {
  readonly zone: Zone;
  readonly type: 'local' | AccessRule['type'];
  /** Physical replication, which has no database. */
  readonly replication: boolean;
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** One address or range; none for everywhere, and for the socket. */
  readonly addresses: readonly string[];
  readonly method: string;
  /** Number of the user's rule that it is made from. */
  readonly rule: number;
  /** The addresses, read. */
  readonly ranges: readonly AddressRange[];
}

/** A client that asks for a connection. */
export interface Attempt {
  readonly transport: 'socket' | 'plain' | 'tls';
  readonly replication: boolean;
  readonly database: string;
  readonly role: string;
  readonly memberOf: readonly string[];
  /** Empty for the socket. */
  readonly address: string;
}

/** The superuser of the restore Jobs. */
export const RESTORE_ROLE = 'restore';
/** Name that a replica logs in with. */
export const REPLICATION_ROLE = 'replicator';
/** The database that every server has. */
export const MAINTENANCE_DATABASE = 'postgres';
const LOOPBACK = ['127.0.0.1/32', '::1/128'].map(placeOf);
const PASSWORD = 'scram-sha-256';

/** Every line in its order: the first one that matches decides. What a rule of the user's could open stands before the user's rules. */
export function accessLines(request: AccessRequest): AccessLine[] {
  const encrypted = request.tls === 'required' ? 'hostssl' : 'host';
  const superuser = { zone: 'guards', roles: ['postgres'] } as const;
  return [
    ...LOOPBACK.map((place) => line({ ...superuser, ...place })),
    line({ ...superuser, method: 'reject' }),
    // it stays where backups were declared once
    ...request.jobRoles.includes(RESTORE_ROLE) ? [] : [line({ zone: 'guards', roles: [RESTORE_ROLE], method: 'reject' })],
    line({ zone: 'guards', type: 'local', replication: true, method: `peer map=${MAP}` }),
    line({ zone: 'guards', type: encrypted, replication: true, roles: [REPLICATION_ROLE] }),
    line({ zone: 'guards', replication: true, method: 'reject' }),
    // what a replica asks of the primary beside the stream: slots, locks, what pg_rewind reads
    line({ zone: 'guards', type: encrypted, databases: [MAINTENANCE_DATABASE], roles: [REPLICATION_ROLE] }),
    line({ zone: 'guards', roles: [REPLICATION_ROLE], method: 'reject' }),
    line({ zone: 'system', type: 'local', method: `peer map=${MAP}` }),
    ...LOOPBACK.map((place) => line({ zone: 'system', ...place })),
    ...request.tls === 'required' ? [line({ zone: 'system', type: 'hostnossl', method: 'reject' })] : [],
    ...request.jobRoles.map((role) => line({ zone: 'system', type: encrypted, roles: [role] })),
    ...request.rules.flatMap((rule, index) => linesOf(rule, index, request)),
    ...withTransport('host', PASSWORD, request).map((transport) => line({ zone: 'default', ...transport })),
  ];
}

/** The line that decides about a connection; none lets nobody in. */
export function wouldMatch(lines: readonly AccessLine[], attempt: Attempt): AccessLine | undefined {
  const from = parseRange(attempt.address);
  return lines.find((one) => matches(one, attempt, from));
}

function line(parts: Pick<AccessLine, 'zone'> & Partial<AccessLine>): AccessLine {
  return { type: 'host', replication: false, databases: [], roles: [], groups: [], addresses: [], method: PASSWORD, rule: -1, ranges: [], ...parts };
}

/** An address of a line as it is written, and as it is read. */
function placeOf(address: string): Pick<AccessLine, 'addresses' | 'ranges'> {
  return { addresses: [address], ranges: [address].flatMap((one) => parseRange(one) ?? []) };
}

function linesOf(rule: AccessRule, index: number, request: AccessRequest): AccessLine[] {
  const { databases, roles, groups } = rule;
  const places = rule.addresses.length === 0 ? [{}] : rule.addresses.map((address) => placeOf(withLength(address)));
  return withTransport(rule.type, rule.method, request)
    .flatMap((transport) => places.map((place) => line({ zone: 'user', databases, roles, groups, ...place, rule: index, ...transport })));
}

/** A certificate can be asked for on TLS only: what holds with and without it becomes two lines. */
function withTransport(type: AccessRule['type'], method: string, { tls, clientCertificates }: AccessRequest): Pick<AccessLine, 'type' | 'method'>[] {
  const asked = tls !== 'off' && clientCertificates !== 'none' && method === PASSWORD;
  const certified = { type: 'hostssl', method: `${method} clientcert=${clientCertificates}` } as const;
  if (type === 'hostnossl') return [{ type, method }];
  if (!asked) return [{ type: tls === 'required' ? 'hostssl' : type, method }];
  return type === 'hostssl' || tls === 'required' ? [certified] : [certified, { type: 'hostnossl', method }];
}

function matches(one: AccessLine, attempt: Attempt, from: AddressRange | undefined): boolean {
  const { type, replication, databases, roles, groups, addresses, ranges } = one;
  const transports = { local: ['socket'], host: ['plain', 'tls'], hostssl: ['tls'], hostnossl: ['plain'] }[type];
  return transports.includes(attempt.transport)
    && replication === attempt.replication
    && (databases.length === 0 || databases.includes(attempt.database))
    && (roles.length + groups.length === 0
      || roles.includes(attempt.role) || groups.some((group) => [attempt.role, ...attempt.memberOf].includes(group)))
    && (type === 'local' || addresses.length === 0 || ranges.some((range) => from !== undefined && isIn(from, range)));
}

/**
 * The user's rules that no connection can ever reach, whatever its name and address. For each rule a connection is looked for that it would decide
 * about; of the addresses, those at the edges of a range are enough, since between them nothing changes.
 */
export function unreachableRules(request: AccessRequest): number[] {
  // most databases have none
  if (request.rules.length === 0) return [];
  const lines = accessLines(request);
  const edges = everyEdge(lines);
  const isReached = (one: AccessLine, place: number): boolean => one.rule >= 0 && isReachable(one, lines.slice(0, place), edges, request);
  const reached = new Set(lines.filter(isReached).map((one) => one.rule));
  return [...request.rules.keys()].filter((index) => !reached.has(index));
}

/** One of several names or addresses of a rule. */
export interface AccessRulePart {
  readonly rule: number;
  readonly list: 'databases' | 'roles' | 'groups' | 'addresses';
  readonly value: string;
}

/** The parts that earlier rules wholly decide about, of rules that some of their other parts bring to bear. */
export function unreachableParts(request: AccessRequest): AccessRulePart[] {
  if (request.rules.length === 0) return [];
  const lines = accessLines(request);
  const edges = everyEdge(lines);
  const unreachable = unreachableRules(request);
  return request.rules.flatMap((rule, index) => {
    const before = lines.slice(0, lines.findIndex((one) => one.rule === index));
    return unreachable.includes(index) ? [] : partsOf(rule).flatMap(({ list, value, alone }) =>
      linesOf(alone, index, request).some((one) => isReachable(one, before, edges, request)) ? [] : [{ rule: index, list, value }]);
  });
}

/** Each with the rule that it alone would be; what stands alone already is the rule itself. */
function partsOf(rule: AccessRule): (Pick<AccessRulePart, 'list' | 'value'> & { readonly alone: AccessRule })[] {
  const { databases, roles, groups, addresses } = rule;
  const several = <T>(values: readonly T[]): readonly T[] => values.length > 1 ? values : [];
  const who = several([...roles.map((value) => ({ list: 'roles' as const, value })), ...groups.map((value) => ({ list: 'groups' as const, value }))]);
  return [
    ...several(databases).map((value) => ({ list: 'databases' as const, value, alone: { ...rule, databases: [value] } })),
    ...who.map(({ list, value }) => ({ list, value, alone: { ...rule, roles: [], groups: [], [list]: [value] } })),
    ...several(addresses).map((value) => ({ list: 'addresses' as const, value, alone: { ...rule, addresses: [value] } })),
  ];
}

function isReachable(one: AccessLine, before: readonly AccessLine[], edges: readonly AddressRange[], { tls }: AccessRequest): boolean {
  const transports = tls === 'off' ? ['plain'] as const : ['tls', 'plain'] as const;
  // A name that no line has: whatever lets it pass by lets every other name pass by that is not asked for itself.
  const other = [...new Set([...before, one].flatMap(({ databases, roles, groups }) => [...databases, ...roles, ...groups]))].join('') + '-';
  const databases = one.databases.length > 0 ? one.databases : [other];
  const roles = (one.roles.length + one.groups.length > 0 ? one.roles : [other]).map((role) => ({ role, memberOf: [] as string[] }));
  const members = one.groups.map((group) => ({ role: other, memberOf: [group] }));
  const places = edges.filter((edge) => one.addresses.length === 0 || one.ranges.some((range) => isIn(edge, range)));
  return transports.some((transport) => [...roles, ...members].some((who) => databases.some((database) => {
    const attempt = { transport, replication: false, database, address: '', ...who };
    return places.some((place) => matches(one, attempt, place) && !before.some((earlier) => matches(earlier, attempt, place)));
  })));
}

function everyEdge(lines: readonly AccessLine[]): AddressRange[] {
  const firsts = EVERYWHERE.map(({ family, first }) => ({ family, first, last: first }));
  return [...firsts, ...lines.flatMap(({ ranges }) => ranges).flatMap(edgesOf)];
}

/** The first address of a range and the first one behind it; between such edges all addresses meet the same rules. */
function edgesOf({ family, first, last }: AddressRange): AddressRange[] {
  const end = EVERYWHERE.find((all) => all.family === family)!.last;
  return [first, last + 1n].filter((value) => value <= end).map((value) => ({ family, first: value, last: value }));
}
