import { isLegalName } from './databases';
import { HbaMethod } from '../../hba-rule';
import { unreachableRules } from '../../postgres/access-lines';
import { parseRange } from '../../postgres/addresses';
import { accessOf } from '../access';
import { error, offence, outside, Rule } from '../rule';

export const accessRules: readonly Rule[] = [
  {
    code: 'PG2301',
    severity: error,
    cause: 'is a rule that can never match, since earlier ones decide about every connection that it names',
    cure: 'remove it or move it forward; first come the ones that refuse the superuser over the network and keep replication for replicas, '
      + 'then those for connections inside the pod and for the roles of the Jobs; without the prop `tls` nothing matches `hostssl`, where TLS is required nothing `hostnossl`',
    offences: (plan) => unreachableRules(accessOf(plan)).map((index) => ({ prop: `hbaRules[${index}]`, value: described(plan.hbaRules[index]) })),
  },
  {
    code: 'PG2302',
    severity: error,
    cause: 'is not an address or a range of addresses',
    cure: 'write it as `10.1.2.3`, `10.0.0.0/8`, `fd00::1` or `fd00::/8`; names are looked up by nobody',
    offences: ({ hbaRules }) => hbaRules.flatMap(({ addresses }, index) => addresses.filter((address) => parseRange(address) === undefined)
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
];

/** A rule in the words of pg_hba.conf. */
function described({ type, databases, roles, groups, addresses, method }: Parameters<Rule['offences']>[0]['hbaRules'][number]): string {
  const all = (names: readonly string[]): string => names.length === 0 ? 'all' : names.join(',');
  return [type, all(databases), all([...roles, ...groups.map((group) => `+${group}`)]), all(addresses), method].join(' ');
}
