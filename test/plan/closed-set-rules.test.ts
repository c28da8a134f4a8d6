import { WRONG_CHOICES } from './closed-set-rules';
import {
  ClientCertificates, Credentials, EmptyVolume, Exposure, ExternalSecretOptions, HbaMethod, HbaRule, ImagePullPolicy, InitSql, IpFamily,
  IpFamilyPolicy, Privilege, RolePassword, TablePrivilege, Tls, TlsMode, TlsVersion,
} from '../../src';
import { additionsOf } from '../support/declared';
import { program } from '../support/find';
import { codesOf, findingsOf, SomeProps } from '../support/props';

test.each(WRONG_CHOICES)('%s for the props %j and the declarations %j', (code, props, declared, fragments) => {
  const messages = findingsOf(props, { additions: additionsOf(declared) }).filter((finding) => finding.code === code).map(({ message }) => message);
  expect(messages).not.toEqual([]);
  for (const fragment of fragments) expect(messages.join('\n')).toContain(fragment);
});

test.each([
  ...Object.values(HbaMethod).map((method): [string, SomeProps] => [
    method, { hbaRules: [HbaRule.hostssl({ method, roles: ['app'] })], tls: Tls.fromSecretName('one', { clientCertificates: ClientCertificates.VERIFIED }) },
  ]),
  ...Object.values(TlsMode).map((mode): [string, SomeProps] => [mode, { tls: Tls.fromSecretName('one', { mode }) }]),
  ...Object.values(TlsVersion).map((minimumVersion): [string, SomeProps] => [minimumVersion, { tls: Tls.fromSecretName('one', { minimumVersion }) }]),
  ...Object.values(ClientCertificates).map((clientCertificates): [string, SomeProps] => [clientCertificates, { tls: Tls.fromSecretName('one', { clientCertificates }) }]),
  ...Object.values(IpFamily).map((family): [string, SomeProps] => [family, { ipFamilies: [family] }]),
  ...Object.values(IpFamilyPolicy).map((ipFamilyPolicy): [string, SomeProps] => [ipFamilyPolicy, { ipFamilyPolicy }]),
  ...Object.values(EmptyVolume).map((emptyVolume): [string, SomeProps] => [emptyVolume, { emptyVolume }]),
  ...Object.values(ImagePullPolicy).map((imagePullPolicy): [string, SomeProps] => [imagePullPolicy, { imagePullPolicy }]),
])('%s is one of the values that are meant', (_, props) => {
  expect(codesOf(props)).toEqual([]);
});

/** What the types forbid: JavaScript and the other languages give it all the same. */
const nothing = null as unknown as undefined;
const number = 7 as unknown as string;

test('null where an untyped caller means nothing is nothing', () => {
  const props: SomeProps = {
    hbaRules: [HbaRule.host(nothing)], tls: Tls.fromSecretName('one', nothing), exposure: Exposure.clusterIp(), initSql: [InitSql.fromText('SELECT 1')],
  };
  const { db } = program(props);
  db.addDatabase('archive', nothing);
  db.addRole('clerk', nothing);
  db.addRole('reader', { privileges: [Privilege.readOnly(nothing)], password: RolePassword.fromSecretName('reader', nothing) });
  expect(db.findings).toEqual([]);
});

test('null where something is needed, and numbers where names are, are findings or text, not a crash', () => {
  const missing = null as unknown as string;
  const { db } = program({
    hbaRules: [HbaRule.host({ databases: [number], roles: [''], addresses: [number] })],
    tls: Tls.fromSecretName(missing, { additionalNames: [number] }),
    extensions: [number],
    initSql: [InitSql.fromText(missing), InitSql.fromConfigMap(number, missing)],
  });
  db.addDatabase(number, { owner: number, schemas: [number] });
  db.addRole(missing, { memberOf: [number], bindingSecret: { name: number, database: number } });
  db.addRole(number, {
    password: RolePassword.unsafePlainText(number),
    privileges: [Privilege.onTable(missing, nothing as unknown as TablePrivilege[]), Privilege.connect(number)],
  });
  expect(new Set(db.findings.map(({ code }) => code))).toEqual(new Set(['PG2001', 'PG2302', 'PG2303', 'PG2401', 'PG2410', 'PG2414', 'PG2415']));
});

test.each([['nothing at all', null], ['no password', { store: null }]])('an external secret with %s is told by name', (_, options) => {
  const props = { credentials: Credentials.externalSecret(options as unknown as ExternalSecretOptions) };
  expect(findingsOf(props).map(({ code, prop }) => [code, prop])).toEqual([['PG1810', 'credentials.store'], ['PG1810', 'credentials[password]']]);
});
