import { isLegalName, OWN_DATABASES } from './databases';
import { HbaMethod } from '../../hba-rule';
import { unreachableParts, unreachableRules } from '../../postgres/access-lines';
import { parseRange } from '../../postgres/addresses';
import { predefinedRoles } from '../../postgres/extensions';
import { accessOf, described } from '../access';
import type { HbaRulePlan, Plan } from '../plan';
import { error, offence, outside, Rule, warning } from '../rule';

/** Roles that can log in and that no program declares. */
const SERVER_ROLES = ['postgres', 'backup', 'restore', 'replicator'];

export const accessRules: readonly Rule[] = [
  {
    code: 'PG2301',
    severity: error,
    cause: 'is a rule that can never match, since earlier ones decide about every connection that it names',
    cure: 'remove it or move it forward; first come the ones that refuse the superuser over the network and keep replication for replicas, '
      + 'then those for connections inside the pod and for the roles of the Jobs; without the prop `tls` nothing matches `hostssl`, where TLS is required nothing `hostnossl`',
    // what is no address has a rule of its own, and is inside nothing
    offences: (plan) => unreachableRules(accessOf(plan)).filter((index) => plan.hbaRules[index].addresses.every(isRange))
      .map((index) => ({ prop: `hbaRules[${index}]`, value: described(plan.hbaRules[index]) })),
  },
  {
    code: 'PG2302',
    severity: error,
    cause: 'is not an address or a range of addresses',
    cure: 'write it as `10.1.2.3`, `10.0.0.0/8`, `fd00::1` or `fd00::/8`; names are looked up by nobody',
    offences: ({ hbaRules }) => hbaRules.flatMap(({ addresses }, index) => addresses.filter((address) => !isRange(address))
      .map((value) => ({ prop: `hbaRules[${index}].addresses`, value }))),
  },
  {
    code: 'PG2303',
    severity: error,
    cause: 'is not a name that a database or role can have',
    cure: 'use between 1 and 63 bytes of UTF-8 without control characters, not beginning with `/`, `+` or `@`; for the members of a role there is `membersOf`, '
      + 'and for every database or role the list is left out',
    offences: ({ hbaRules }) => hbaRules.flatMap(({ databases, roles, groups }, index) => Object.entries({ databases, roles, membersOf: groups })
      .flatMap(([list, names]) => names.filter((name) => !isLegalName(name)).map((value) => ({ prop: `hbaRules[${index}].${list}`, value })))),
  },
  {
    code: 'PG2304',
    severity: error,
    cause: 'is an empty list, which would match nothing although no list at all matches everything',
    cure: 'leave it out or put something into it',
    offences: ({ hbaRules }) => hbaRules.flatMap(({ emptyLists }, index) => emptyLists.map((list) => ({ prop: `hbaRules[${index}].${list}`, value: '[]' }))),
  },
  {
    code: 'PG2305',
    severity: error,
    cause: 'is a way to prove who one is that needs TLS and an authority for the certificates of clients',
    cure: 'use `HbaRule.hostssl` and the prop `tls` with `clientCertificates`',
    offences: (plan) => plan.hbaRules.flatMap(({ type, method }, index) => offence(
      method === 'cert' && (type !== 'hostssl' || accessOf(plan).clientCertificates === 'none'), `hbaRules[${index}].method`, method)),
  },
  {
    code: 'PG2306',
    severity: error,
    cause: 'is not a way to prove who one is that this library writes into pg_hba.conf',
    cure: `use a value of \`HbaMethod\`: ${Object.values(HbaMethod).join(', ')}`,
    offences: ({ hbaRules }) => hbaRules.flatMap(({ method }, index) => outside(HbaMethod, `hbaRules[${index}].method`, method)),
  },
  {
    code: 'PG2307',
    severity: warning,
    cause: 'is a part of a rule that never decides anything, since earlier rules decide about all of it',
    cure: 'leave it out, or move the rule before those that name it too',
    offences: (plan) => unreachableParts(accessOf(plan)).filter(({ list, value }) => list !== 'addresses' || isRange(value))
      .map(({ rule, list, value }) => ({ prop: `hbaRules[${rule}].${PROPS[list]}`, value })),
  },
  {
    code: 'PG2308',
    severity: warning,
    cause: 'is a role or database that nothing declares, so that the rule may hold nobody to what it asks for',
    cure: 'correct the name, or declare it with `addRole` or `addDatabase`, also where somebody else makes it; every role or database is meant by leaving the list out',
    offences: (plan) => plan.hbaRules.flatMap((rule, index) => undeclared(plan, rule).map(({ list, value }) => ({ prop: `hbaRules[${index}].${PROPS[list]}`, value }))),
  },
];

/** The lists in the user's words. */
const PROPS = { databases: 'databases', roles: 'roles', groups: 'membersOf', addresses: 'addresses' } as const;

function isRange(address: string): boolean {
  return parseRange(address) !== undefined;
}

/** Only of rules that ask for more than a password: a wrong name in others locks somebody out, which is noticed. */
function undeclared({ databases, applicationRoles, owner, version }: Plan, rule: HbaRulePlan): { list: 'databases' | 'roles' | 'groups'; value: string }[] {
  if (rule.method === 'scram-sha-256') return [];
  const roles = [...SERVER_ROLES, owner, ...applicationRoles.map(({ name }) => name)];
  const known = {
    databases: [...OWN_DATABASES, ...databases.map(({ name }) => name)], roles, groups: [...roles, ...predefinedRoles(version.major)],
  };
  return (['databases', 'roles', 'groups'] as const).flatMap((list) => rule[list].filter((name) => isLegalName(name) && !known[list].includes(name))
    .map((value) => ({ list, value })));
}
