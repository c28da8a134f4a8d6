import {
  ClientCertificates, EmptyVolume, Exposure, ExternalTrafficPolicy, HbaMethod, HbaRule, ImagePullPolicy, IpFamily, IpFamilyPolicy,
  Privilege, TablePrivilege, Tls, TlsMode, TlsVersion,
} from '../../src';
import type { Declared } from '../support/declared';
import type { SomeProps } from '../support/props';

/** Untyped callers give any text where typed ones choose from an enum. */
const method = (text: string): SomeProps => ({ hbaRules: [HbaRule.host({ method: text as HbaMethod })] });
const legal = { acknowledgePlainText: true, sourceRanges: ['203.0.113.0/24'] };
const onTable = (...privileges: string[]): Declared => ({ roles: { a: { privileges: [Privilege.onTable('orders', privileges as TablePrivilege[])] } } });

/** Code, wrong props, wrong additions, what the message must say. */
export const WRONG_CHOICES: [string, SomeProps, Declared, string[]][] = [
  ['PG2306', method('trust'), {}, ['hbaRules[0].method: "trust"', 'scram-sha-256, cert, reject']],
  ['PG2306', method('reject\nhost all all all trust'), {}, ['hbaRules[0].method: "reject\\nhost']],
  ['PG2306', method('SCRAM-SHA-256'), {}, ['"SCRAM-SHA-256"']],
  ['PG2306', method(''), {}, ['hbaRules[0].method: ""']],
  ['PG2008', { tls: Tls.fromSecretName('one', { mode: 'Required' as TlsMode }) }, {}, ['tls.mode: "Required"', '`TlsMode`']],
  ['PG2008', { tls: Tls.fromSecretName('one', { minimumVersion: 'TLSv1' as TlsVersion }) }, {}, ['tls.minimumVersion: "TLSv1"']],
  ['PG2008', { tls: Tls.fromSecretName('one', { clientCertificates: 'verify' as ClientCertificates }) }, {}, ['tls.clientCertificates: "verify"']],
  ['PG2109', { exposure: Exposure.loadBalancer({ ...legal, trafficPolicy: 'local' as ExternalTrafficPolicy }) }, {}, ['exposure.trafficPolicy: "local"']],
  ['PG2505', { ipFamilies: ['IPv4', 'ipv6'] as IpFamily[] }, {}, ['ipFamilies[1]: "ipv6"', '`IpFamily`']],
  ['PG2505', { ipFamilyPolicy: 'DualStack' as IpFamilyPolicy }, {}, ['ipFamilyPolicy: "DualStack"']],
  ['PG2505', { imagePullPolicy: 'always' as ImagePullPolicy }, {}, ['imagePullPolicy: "always"']],
  ['PG1506', { emptyVolume: 'Refuse' as EmptyVolume }, {}, ['emptyVolume: "Refuse"', '`EmptyVolume`']],
  ['PG1506', { emptyVolume: true as unknown as EmptyVolume }, {}, ['emptyVolume: "true"']],
  ['PG2416', {}, onTable('SELECT', 'SELECT ON orders TO PUBLIC; --'), ['privileges of the role a: "SELECT ON orders TO PUBLIC; --"', 'TRUNCATE']],
  ['PG2416', {}, onTable('select', 'ALL'), ['"select"', '"ALL"']],
];
