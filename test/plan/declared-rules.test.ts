import { WRONG_DECLARATIONS } from './declared-rules';
import { ClientCertificates, HbaMethod, HbaRule, InitSql, Privilege, RolePassword, TablePrivilege, Tls, TlsMode } from '../../src';
import { additionsOf, Declared } from '../support/declared';
import { codesOf, findingsOf, SomeProps } from '../support/props';

test.each(WRONG_DECLARATIONS)('%s for the props %j and the declarations %j', (code, props, declared, fragments) => {
  const messages = findingsOf(props, { additions: additionsOf(declared) }).filter((finding) => finding.code === code).map(({ message }) => message);
  expect(messages).not.toEqual([]);
  for (const fragment of fragments) expect(messages.join('\n')).toContain(fragment);
});

const RIGHT: [string, SomeProps, Declared][] = [
  ['rules that each decide about something', {
    hbaRules: [
      HbaRule.host({ addresses: ['10.0.0.0/8'], roles: ['a'] }), HbaRule.host({ addresses: ['10.0.0.0/8'] }), HbaRule.host({ addresses: ['10.0.0.0/7'] }),
      HbaRule.host({ membersOf: ['staff'] }), HbaRule.host({ roles: ['a', 'b'] }), HbaRule.host({ addresses: ['::/0'] }), HbaRule.host({ method: HbaMethod.REJECT }),
    ],
  }, {}],
  ['a rule about the network that has the loopback in it', { hbaRules: [HbaRule.host({ addresses: ['127.0.0.0/8'] })] }, {}],
  ['certificates where they are asked for', {
    tls: Tls.fromSecretName('certificate', { clientCertificates: ClientCertificates.VERIFIED }), hbaRules: [HbaRule.hostssl({ method: HbaMethod.CERT, roles: ['a'] })],
  }, { roles: { a: { password: RolePassword.fromSecretName('a') } } }],
  ['rules that ask for more of what is declared, and of what every server has', {
    hbaRules: [
      HbaRule.host({ roles: ['clerk'], databases: ['archive', 'postgres'], method: HbaMethod.REJECT }),
      HbaRule.host({ roles: ['app'], membersOf: ['pg_monitor', 'clerk'], databases: ['app'], method: HbaMethod.REJECT }),
      HbaRule.host({ roles: ['of somebody else'], databases: ['of somebody else'] }),
    ],
  }, { databases: { archive: {} }, roles: { clerk: { password: RolePassword.fromSecretName('a') } } }],
  ['a rule of which each part decides about something', {
    hbaRules: [HbaRule.host({ addresses: ['10.0.0.0/9'], roles: ['a'] }), HbaRule.host({ addresses: ['10.0.0.0/9', '10.128.0.0/9'], roles: ['a', 'b'] })],
  }, {}],
  ['both transports where TLS is optional', { tls: Tls.fromSecretName('c', { mode: TlsMode.OPTIONAL }), hbaRules: [HbaRule.hostssl(), HbaRule.hostnossl()] }, {}],
  ['roles, groups and databases with hostile names', { initSql: [InitSql.fromText('SELECT 1')] }, {
    databases: { 'it\'s "archive"; \\': { owner: 'żółć', schemas: ['/a', '+b'] }, 'replication': {} },
    roles: {
      żółć: { connectionLimit: 0, password: RolePassword.fromSecretName('a') },
      all: { memberOf: ['żółć', 'pg_monitor', 'app'], login: false },
      b: { memberOf: ['all'], bindingSecret: {}, password: RolePassword.unsafePlainText('x'), privileges: [Privilege.onTable('a', [TablePrivilege.SELECT])] },
    },
  }],
];

test('SQL of 128 KiB is legal, and that of a ConfigMap does not count', () => {
  expect(codesOf({ initSql: [InitSql.fromText('x'.repeat(128 * 1024)), InitSql.fromConfigMap('seeds', 'one')] })).toEqual([]);
});

test.each(RIGHT)('nothing is wrong with %s', (_, props, declared) => {
  expect(codesOf(props, { additions: additionsOf(declared) })).toEqual([]);
});

test('an address that is none is told once, and what else is wrong with its rule when it is one', () => {
  const wrong = HbaRule.host({ addresses: ['nowhere'] });
  expect(findingsOf({ hbaRules: [wrong] }).map(({ code, prop }) => [code, prop])).toEqual([['PG2302', 'hbaRules[0].addresses']]);
  expect(codesOf({ hbaRules: [HbaRule.host({ addresses: ['10.0.0.0/8', 'nowhere'] })] })).toEqual(['PG2302']);
  expect(codesOf({ hbaRules: [HbaRule.host(), wrong, HbaRule.host({ addresses: ['::1', 'nowhere'] })] })).toEqual(['PG2302', 'PG2302']);
});

test('a name that is none is told once', () => {
  expect(codesOf({ hbaRules: [HbaRule.host({ roles: ['/^typo'], databases: ['+x'], method: HbaMethod.REJECT })] })).toEqual(['PG2303', 'PG2303']);
});

test('no message holds a password', () => {
  const roles = { a: { password: RolePassword.unsafePlainText('hidden\n') } };
  expect(JSON.stringify(findingsOf({}, { additions: additionsOf({ roles }) }))).not.toContain('hidden');
});

test('a rule that two hundred others stand in front of is judged by all of them', () => {
  const hbaRules = Array.from({ length: 200 }, (_, index) => HbaRule.host({ addresses: [`10.${index}.0.0/16`], roles: ['a', 'b'] }));
  expect(codesOf({ hbaRules: [...hbaRules, HbaRule.host({ addresses: ['10.0.0.0/9'], roles: ['b'] })] })).toEqual(['PG2301']);
});
