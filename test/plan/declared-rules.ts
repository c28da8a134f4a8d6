import { Cron } from 'cdk8s';
import {
  Backup, ClientCertificates, HbaMethod, HbaRule, InitSql, PostgresVersion, Privilege, RolePassword, Tls, TlsMode,
} from '../../src';
import type { Declared } from '../support/declared';
import type { SomeProps } from '../support/props';

const rule = (...hbaRules: HbaRule[]): SomeProps => ({ hbaRules });
const tls = (mode: TlsMode, clientCertificates = ClientCertificates.NONE): SomeProps => ({ tls: Tls.fromSecretName('certificate', { mode, clientCertificates }) });
const password = RolePassword.fromSecretName('one');

/** Code, wrong props, wrong additions, what the message must say. */
export const WRONG_DECLARATIONS: [string, SomeProps, Declared, string[]][] = [
  ['PG2301', rule(HbaRule.host({ roles: ['postgres'] })), {}, ['hbaRules[0]: "host all postgres all scram-sha-256"', 'refuse the superuser']],
  ['PG2301', rule(HbaRule.host({ addresses: ['127.0.0.1'] })), {}, ['127.0.0.1']],
  ['PG2301', rule(HbaRule.hostssl()), {}, ['hbaRules[0]: "hostssl', 'without the prop `tls`']],
  ['PG2301', { ...rule(HbaRule.hostnossl()), ...tls(TlsMode.REQUIRED) }, {}, ['hbaRules[0]: "hostnossl']],
  ['PG2301', rule(HbaRule.host(), HbaRule.host({ roles: ['a'], method: HbaMethod.REJECT })), {}, ['hbaRules[1]: "host all a all reject"']],
  ['PG2301', rule(HbaRule.host({ addresses: ['10.0.0.0/8'] }), HbaRule.host({ addresses: ['10.1.0.0/16', '10.2.3.4'] })), {}, ['hbaRules[1]']],
  // together they cover it, neither does alone
  ['PG2301', rule(HbaRule.host({ addresses: ['10.0.0.0/9'] }), HbaRule.host({ addresses: ['10.128.0.0/9'] }), HbaRule.host({ addresses: ['10.0.0.0/8'] })), {}, ['hbaRules[2]']],
  ['PG2301', rule(HbaRule.host({ membersOf: ['staff'] }), HbaRule.host({ membersOf: ['staff'], databases: ['a'] })), {}, ['+staff']],
  ['PG2301', { ...rule(HbaRule.host({ roles: ['backup'], method: HbaMethod.REJECT })), backups: [Backup.logical({ schedule: Cron.daily() })] }, {}, ['backup']],
  ['PG2301', { ...rule(HbaRule.hostssl(), HbaRule.hostnossl(), HbaRule.host({ roles: ['a'] })), ...tls(TlsMode.OPTIONAL) }, {}, ['hbaRules[2]']],
  ['PG2302', rule(HbaRule.host({ addresses: ['10.0.0.0/33'] })), {}, ['hbaRules[0].addresses: "10.0.0.0/33"']],
  ['PG2302', rule(HbaRule.host({ addresses: ['db.example.com', '::1%eth0', '10.0.0.0/8/8', '1.2.3', '::ffff:1.2.3.4', '10.0.0.0/08', ''] })), {},
    ['"db.example.com"', '"::1%eth0"', '"10.0.0.0/8/8"', '"1.2.3"', '"::ffff:1.2.3.4"', '"10.0.0.0/08"', '""']],
  ['PG2303', rule(HbaRule.host({ databases: ['a\nb'], roles: ['+staff', '/^x'], membersOf: [''] })), {},
    ['hbaRules[0].databases: "a\\nb"', 'hbaRules[0].roles: "+staff"', '"/^x"', 'hbaRules[0].membersOf: ""']],
  ['PG2304', rule(HbaRule.host({ addresses: [], roles: [], databases: [], membersOf: [] })), {}, ['hbaRules[0].addresses', 'hbaRules[0].roles', 'membersOf', 'databases']],
  ['PG2305', { ...rule(HbaRule.host({ method: HbaMethod.CERT })), ...tls(TlsMode.REQUIRED, ClientCertificates.VERIFIED) }, {}, ['hbaRules[0].method: "cert"']],
  ['PG2305', { ...rule(HbaRule.hostssl({ method: HbaMethod.CERT })), ...tls(TlsMode.REQUIRED) }, {}, ['clientCertificates']],
  ['PG2307', rule(HbaRule.host({ addresses: ['10.0.0.0/8'] }), HbaRule.host({ addresses: ['192.0.2.0/24', '10.1.0.0/16'] })), {}, ['hbaRules[1].addresses: "10.1.0.0/16"']],
  ['PG2307', rule(HbaRule.host({ roles: ['app', 'postgres'], method: HbaMethod.REJECT })), {}, ['hbaRules[0].roles: "postgres"', 'move the rule before']],
  ['PG2307', rule(HbaRule.host({ databases: ['a'] }), HbaRule.host({ databases: ['b', 'a'], membersOf: ['c'] })), {}, ['hbaRules[1].databases: "a"']],
  ['PG2307', rule(HbaRule.host({ membersOf: ['a'] }), HbaRule.host({ roles: ['b'], membersOf: ['a'] })), {}, ['hbaRules[1].membersOf: "a"']],
  ['PG2308', rule(HbaRule.host({ roles: ['app', 'typo'], method: HbaMethod.REJECT })), {}, ['hbaRules[0].roles: "typo"', '`addRole`']],
  ['PG2308', rule(HbaRule.host({ databases: ['nodb'], method: HbaMethod.REJECT })), {}, ['hbaRules[0].databases: "nodb"', '`addDatabase`']],
  ['PG2308', { ...rule(HbaRule.hostssl({ membersOf: ['staff'], method: HbaMethod.CERT })), ...tls(TlsMode.REQUIRED, ClientCertificates.VERIFIED) }, {}, ['hbaRules[0].membersOf: "staff"']],
  ['PG2308', rule(HbaRule.host({ roles: ['public'], method: HbaMethod.REJECT })), {}, ['"public"', 'leaving the list out']],
  ['PG2401', {}, { databases: { 'a\tb': {} }, roles: { ['x'.repeat(64)]: {}, '@file': {} } }, ['addDatabase: "a\\tb"', 'addRole: "xxx', '"@file"']],
  ['PG2401', { extensions: [''] }, { databases: { archive: { schemas: ['a\0'], extensions: ['b\n'] } } }, ['extensions of app: ""', 'schemas of archive: "a\\u0000"', '"b\\n"']],
  ['PG2401', {}, { roles: { a: { privileges: [Privilege.onTable('', []), Privilege.readOnly({ schema: '\ud800' })] } } }, ['privileges of the role a: ""', '\\ud800']],
  ['PG2402', { database: 'orders' }, { databases: { orders: {} }, roles: { orders: {} } }, ['addDatabase: "orders"', 'addRole: "orders"']],
  ['PG2402', { extensions: ['citext', 'citext'] }, { databases: { archive: { schemas: ['a', 'a'] } } }, ['extensions of app: "citext"', 'schemas of archive: "a"']],
  ['PG2403', {}, { databases: { template1: {}, b: { schemas: ['pg_own', 'public'] } }, roles: { replicator: {}, pg_mine: {}, restore: {} } },
    ['"template1"', '"pg_own"', '"public"', '"replicator"', '"pg_mine"', '"restore"']],
  ['PG2404', {}, { databases: { archive: { owner: 'nobody' } }, roles: { a: { memberOf: ['strangers'] } } },
    ['owner of the database archive: "nobody"', 'memberOf of the role a: "strangers"']],
  ['PG2404', { version: PostgresVersion.V16 }, { roles: { a: { memberOf: ['pg_maintain'] } } }, ['pg_maintain']],
  ['PG2405', {}, { roles: { a: { privileges: [Privilege.connect('lost')], bindingSecret: { database: 'gone' } } } },
    ['privileges of the role a: "lost"', 'bindingSecret of the role a: "gone"']],
  ['PG2406', {}, { roles: { a: { memberOf: ['b'] }, b: { memberOf: ['c'] }, c: { memberOf: ['a'] } } }, ['memberOf: "a"', 'memberOf: "c"']],
  ['PG2407', {}, { roles: { a: { connectionLimit: -1 }, b: { connectionLimit: 1.5 }, c: { connectionLimit: NaN }, d: { connectionLimit: 2 ** 31 } } },
    ['connectionLimit of the role a: -1', 'role b: 1.5', 'role c: NaN', 'role d: 2147483648']],
  ['PG2410', {}, { roles: { a_b: { bindingSecret: {} }, b: { password: RolePassword.fromSecretName('My_Secret', 'no key') } } },
    ['bindingSecret of the role a_b: "orders-db-a_b"', 'password of the role b: "My_Secret"', '"no key"']],
  ['PG2410', { initSql: [InitSql.fromSecret('A', '..'), InitSql.fromConfigMap('b', '')] }, {}, ['initSql[0]: "A"', 'initSql[0]: ".."', 'initSql[1]: ""']],
  ['PG2411', { tls: Tls.fromSecretName('shared') }, { roles: { credentials: { bindingSecret: {} }, b: { bindingSecret: { name: 'shared' } } } },
    ['"orders-db-credentials"', '"shared"']],
  ['PG2411', {}, { roles: { a: { bindingSecret: {} }, b: { bindingSecret: { name: 'orders-db-a' } } } }, ['bindingSecret: "orders-db-a"', 'two roles share']],
  ['PG2411', {}, { roles: { a: { bindingSecret: { name: 'x' } }, b: { bindingSecret: { name: 'x' } } } }, ['bindingSecret: "x"']],
  ['PG2411', {}, { roles: { a: { bindingSecret: { name: 'one' }, password } } }, ['bindingSecret: "one"']],
  ['PG2412', {}, { roles: { a: { login: false, password }, b: { login: false, connectionLimit: 1 } } }, ['addRole: "a"', 'addRole: "b"']],
  ['PG2413', {}, { roles: { a: { password: RolePassword.unsafeFromEnvironment('GONE') }, b: { password: RolePassword.unsafePlainText('x\n') } } },
    ['password of the role a: "GONE"', 'password: "b"']],
  ['PG2413', {}, { roles: { a: { password: RolePassword.unsafePlainText('') } } }, ['password: "a"']],
  ['PG2414', { initSql: [InitSql.fromText(' \n'), InitSql.fromText('SELECT \0')] }, {}, ['initSql[0]', 'initSql[1]']],
  ['PG2417', { initSql: [InitSql.fromText('é'.repeat(32768)), InitSql.fromText('x'.repeat(65537))] }, {}, ['initSql: 131073', 'at most 131072', '`InitSql.fromConfigMap`']],
  ['PG2415', {}, { roles: { a: { privileges: [Privilege.onTable('orders', [])] } } }, ['privileges of the role a: "orders"']],
];
