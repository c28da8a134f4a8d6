import fc from 'fast-check';
import { AccessRequest, AccessRule, accessLines, Attempt, unreachableParts, unreachableRules, wouldMatch } from '../../src/postgres/access-lines';
import { isIn, parseRange } from '../../src/postgres/addresses';
import { hostBasedAccess, userNameMap } from '../../src/postgres/host-based-access';

const plain: AccessRequest = { tls: 'off', clientCertificates: 'none', jobRoles: [], rules: [] };
const rule: AccessRule = { type: 'host', databases: [], roles: [], groups: [], addresses: [], method: 'scram-sha-256' };
const attempt: Attempt = { transport: 'plain', replication: false, database: 'app', role: 'app', memberOf: [], address: '192.0.2.1' };

function verdict(request: AccessRequest, changes: Partial<Attempt>): string {
  return wouldMatch(accessLines(request), { ...attempt, ...changes })?.method ?? 'nobody';
}

const textOf = (request: AccessRequest): string[][] => hostBasedAccess(request).split('\n')
  .filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.trim().split(/\s+/));

describe.each([['off'], ['optional'], ['required']] as const)('with TLS %s', (tls) => {
  const request: AccessRequest = { ...plain, tls, jobRoles: ['backup', 'restore'], rules: [{ ...rule, roles: ['postgres', 'replicator'] }, rule] };

  test('trusts nobody', () => {
    expect(textOf(request).filter((line) => line.includes('trust'))).toEqual([]);
    expect(new Set(accessLines(request).map(({ method }) => method))).toEqual(new Set(['scram-sha-256', 'reject', 'peer map=pod']));
  });

  test.each(['plain', 'tls'] as const)('the superuser has a password on the loopback only, whatever the rules of the user say: %s', (transport) => {
    const role = 'postgres';
    expect(verdict(request, { role, transport })).toBe('reject');
    expect(verdict(request, { role, transport, address: '127.0.0.1' })).toBe('scram-sha-256');
    expect(verdict(request, { role, transport, address: '::1' })).toBe('scram-sha-256');
    expect(verdict(request, { role, transport, address: '127.0.0.2' })).toBe('reject');
  });

  test('another superuser comes in over the network with its password, as SECURITY.md says: nobody is asked whether a role is one', () => {
    const transport = tls === 'off' ? 'plain' : 'tls';
    expect(wouldMatch(accessLines({ ...request, rules: [] }), { ...attempt, transport, role: 'other' })).toMatchObject({ zone: 'default', method: 'scram-sha-256' });
    expect(verdict({ ...request, rules: [{ ...rule, roles: ['other'], method: 'reject' }] }, { transport, role: 'other' })).toBe('reject');
  });

  test('replication is for the role of replicas only', () => {
    const transport = tls === 'off' ? 'plain' : 'tls';
    expect(verdict(request, { replication: true, role: 'replicator', transport })).toBe('scram-sha-256');
    for (const role of ['app', 'postgres', 'backup']) expect(verdict(request, { replication: true, role, transport, address: '127.0.0.1' })).toBe('reject');
    expect(verdict(request, { replication: true, transport: 'socket', address: '' })).toBe('peer map=pod');
  });

  test('the role of replicas sees one database, over the network and inside the pod, whatever the rules of the user say', () => {
    const transport = tls === 'off' ? 'plain' : 'tls';
    for (const address of ['192.0.2.1', '127.0.0.1', '::1']) {
      expect(verdict(request, { role: 'replicator', transport, address, database: 'postgres' })).toBe('scram-sha-256');
      expect(verdict(request, { role: 'replicator', transport, address })).toBe('reject');
      if (tls === 'required') expect(verdict(request, { role: 'replicator', address, database: 'postgres' })).toBe('reject');
    }
  });

  test('without TLS nobody comes over the network where it is required, and everybody inside the pod', () => {
    for (const role of ['app', 'backup']) expect(verdict(request, { role })).toBe(tls === 'required' ? 'reject' : 'scram-sha-256');
    expect(verdict(request, { address: '127.0.0.1' })).toBe('scram-sha-256');
    expect(verdict(request, { transport: 'socket', address: '' })).toBe('peer map=pod');
  });
});

test('without backups nobody comes over the network as the superuser that restored once, whatever the rules of the user say', () => {
  const rules = [{ ...rule, roles: ['restore'] }, rule];
  for (const tls of ['off', 'optional', 'required'] as const) {
    for (const transport of ['plain', 'tls'] as const) {
      for (const address of ['192.0.2.1', '127.0.0.1', '::1']) {
        expect(verdict({ ...plain, tls, jobRoles: ['backup'], rules }, { role: 'restore', transport, address })).toBe('reject');
      }
    }
  }
  expect(textOf({ ...plain, rules })).toContainEqual(['host', 'all', '"restore"', 'all', 'reject']);
  expect(verdict({ ...plain, jobRoles: ['backup', 'restore'] }, { role: 'restore' })).toBe('scram-sha-256');
});

test('certificates of clients are asked for over the network, of Jobs and inside the pod not', () => {
  const request: AccessRequest = { ...plain, tls: 'required', clientCertificates: 'verify-full', jobRoles: ['backup'], rules: [{ ...rule, roles: ['a'] }] };
  const transport = 'tls';
  for (const role of ['a', 'app']) expect(verdict(request, { role, transport })).toBe('scram-sha-256 clientcert=verify-full');
  expect(verdict(request, { role: 'backup', transport })).toBe('scram-sha-256');
  expect(verdict(request, { transport, address: '::1' })).toBe('scram-sha-256');
  expect(verdict({ ...request, rules: [{ ...rule, type: 'hostssl', method: 'cert' }] }, { transport })).toBe('cert');
});

test('the rules of the user stand in their order behind the guards and before the default', () => {
  const rules = [{ ...rule, addresses: ['10.0.0.0/8', 'fd00::1'] }, { ...rule, databases: ['a b'], groups: ['st"aff'], roles: ['x'] }, { ...rule, method: 'reject' }];
  expect(textOf({ ...plain, rules }).slice(-5).map((words) => words.join(' '))).toEqual([
    'host all all 10.0.0.0/8 scram-sha-256',
    'host all all fd00::1/128 scram-sha-256',
    'host "a b" "x",+"st""aff" all scram-sha-256',
    'host all all all reject',
    'host all all all scram-sha-256',
  ]);
  expect(verdict({ ...plain, rules }, { address: '10.1.1.1' })).toBe('scram-sha-256');
  expect(verdict({ ...plain, rules }, {})).toBe('reject');
  expect(verdict({ ...plain, rules }, { database: 'a b', role: 'y', memberOf: ['st"aff'] })).toBe('scram-sha-256');
});

const name = fc.constantFrom('a', 'b', 'c');
const address = fc.constantFrom('10.0.0.0/8', '10.0.0.0/9', '10.128.0.0/9', '10.1.2.3', '127.0.0.0/8', '0.0.0.0/1', '128.0.0.0/1', '::/0', '::1', 'fd00::/8');
const rules = fc.array(fc.record({
  type: fc.constantFrom('host', 'hostssl', 'hostnossl'),
  databases: fc.uniqueArray(name, { maxLength: 2 }),
  roles: fc.uniqueArray(fc.constantFrom('a', 'b', 'postgres', 'backup'), { maxLength: 2 }),
  groups: fc.uniqueArray(name, { maxLength: 1 }),
  addresses: fc.uniqueArray(address, { maxLength: 3 }),
  method: fc.constantFrom('scram-sha-256', 'reject'),
}), { maxLength: 7 }) as fc.Arbitrary<AccessRule[]>;
const requests: fc.Arbitrary<AccessRequest> = fc.record({
  tls: fc.constantFrom('off', 'optional', 'required'), clientCertificates: fc.constant('none'), jobRoles: fc.constantFrom([], ['backup']), rules,
}) as fc.Arbitrary<AccessRequest>;
const addresses = ['0.0.0.1', '10.0.0.1', '10.1.2.3', '10.200.0.1', '127.0.0.1', '127.0.0.2', '192.0.2.1', '::', '::1', '::2', 'fd00::1', 'ffff::'];

/** Every connection of a small world. */
function world(tls: AccessRequest['tls']): Attempt[] {
  const transports = tls === 'off' ? ['plain'] as const : ['plain', 'tls'] as const;
  return transports.flatMap((transport) => ['a', 'b', 'c', 'other'].flatMap((database) => ['a', 'b', 'c', 'other', 'postgres', 'backup'].flatMap((role) =>
    [[], ['a'], ['b'], ['c']].flatMap((memberOf) => addresses.map((from) => ({ transport, replication: false, database, role, memberOf, address: from }))))));
}

test('a rule is said to be unreachable if and only if no connection reaches it', () => {
  let unreachable = 0;
  fc.assert(fc.property(requests, (request) => {
    const lines = accessLines(request);
    const reached = new Set(world(request.tls).map((one) => wouldMatch(lines, one)?.rule));
    const found = unreachableRules(request);
    unreachable += found.length;
    expect(found).toEqual(request.rules.map((_, index) => index).filter((index) => !reached.has(index)));
  }), { numRuns: 150 });
  expect(unreachable).toBeGreaterThan(20);
});

/** The rules with one that has but that part in place of the other one. */
function alone(all: readonly AccessRule[], place: number, list: keyof AccessRule, value: string): AccessRule[] {
  const others = ['roles', 'groups'].includes(list) ? { roles: [], groups: [] } : {};
  return all.map((one, index) => index === place ? { ...one, ...others, [list]: [value] } : one);
}

test('of a rule that is reached a part is said not to be if and only if no connection reaches one that has but this part', () => {
  let unreachable = 0;
  fc.assert(fc.property(requests, (request) => {
    const isReached = (some: readonly AccessRule[], place: number): boolean => {
      const lines = accessLines({ ...request, rules: some });
      return world(request.tls).some((one) => wouldMatch(lines, one)?.rule === place);
    };
    const partsOf = (one: AccessRule, index: number) => (['databases', 'roles', 'groups', 'addresses'] as const).flatMap((list) => {
      const several = (['roles', 'groups'].includes(list) ? one.roles.length + one.groups.length : one[list].length) > 1;
      const isDead = (value: string): boolean => !isReached(alone(request.rules, index, list, value), index);
      return several ? one[list].filter(isDead).map((value) => ({ rule: index, list, value })) : [];
    });
    const expected = request.rules.flatMap((one, index) => isReached(request.rules, index) ? partsOf(one, index) : []);
    const found = unreachableParts(request);
    unreachable += found.length;
    expect(found).toEqual(expected);
  }), { numRuns: 60 });
  expect(unreachable).toBeGreaterThan(5);
});

test.each([
  [['10.0.0.0/9', '10.0.0.0/8'], []],
  [['10.128.0.0/9', '10.0.0.0/8'], []],
  [['10.0.0.0/8', '10.128.0.0/9'], [1]],
  [['10.0.0.0/9', '10.128.0.0/9', '10.0.0.0/8'], [2]],
  [['fd00::/9', 'fd80::/9', 'fd00::/8', 'fd00::/7'], [2]],
  [['0.0.0.0/0', '::/0', '::/1'], [2]],
  [['128.0.0.0/1', '0.0.0.0/0'], []],
])('of rules for %j those of the numbers %j are unreachable', (ranges, expected) => {
  expect(unreachableRules({ ...plain, rules: ranges.map((range) => ({ ...rule, addresses: [range] })) })).toEqual(expected);
});

test.each([
  ['10.1.2.3', '10.0.0.0/8', true], ['11.0.0.0', '10.0.0.0/8', false], ['10.1.2.3', '10.9.9.9/8', true], ['fd00::1', 'fd00::/8', true], ['::1', '::/128', false],
  ['1.2.3.4', '::/0', false], ['2001:db8::1:0:0:1', '2001:db8:0:0:1::/80', true], ['255.255.255.255', '0.0.0.0/0', true],
])('%s is in %s: %s', (inner, outer, expected) => {
  expect(isIn(parseRange(inner)!, parseRange(outer)!)).toBe(expected);
});

test('the user of the container may be each declared role, whatever its name', () => {
  expect(userNameMap('postgres', ['postgres', 'or"ders', 'all']).split('\n').slice(1, 4)).toEqual([
    'pod    postgres     "postgres"', 'pod    postgres     "or""ders"', 'pod    postgres     "all"',
  ]);
});
