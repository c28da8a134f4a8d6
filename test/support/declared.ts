import { Testing } from 'cdk8s';
import { Secret } from 'cdk8s-plus-28';
import type { Choices } from './programs';
import {
  DatabaseOptions, HbaRule, InitSql, PostgresStatefulSet, Privilege, RoleOptions, RolePassword, TablePrivilege,
} from '../../src';
import { Additions, noAdditions } from '../../src/plan/additions';

/** Roles and databases as `addRole` and `addDatabase` take them. */
export interface Declared {
  readonly databases?: Readonly<Record<string, DatabaseOptions>>;
  readonly roles?: Readonly<Record<string, RoleOptions>>;
}

export const hbaRules: Choices<typeof HbaRule, HbaRule> = {
  host: HbaRule.host({ addresses: ['10.0.0.0/8'] }),
  hostssl: HbaRule.hostssl({ roles: ['reports'] }),
  hostnossl: HbaRule.hostnossl({ databases: ['archive'] }),
};

export const initSql: Choices<typeof InitSql, InitSql> = {
  fromText: InitSql.fromText('SELECT 1;'),
  fromConfigMap: InitSql.fromConfigMap('seeds', 'one'),
  fromSecret: InitSql.fromSecret('seeds', 'two'),
};

const privileges: Choices<typeof Privilege, Privilege> = {
  connect: Privilege.connect('archive'),
  readOnly: Privilege.readOnly(),
  readWrite: Privilege.readWrite({ database: 'archive', schema: 'old' }),
  create: Privilege.create({ schema: 'public' }),
  onTable: Privilege.onTable('orders', Object.values(TablePrivilege)),
};

const passwords: Choices<typeof RolePassword, (variable: string) => RolePassword> = {
  fromSecretName: () => RolePassword.fromSecretName('reports', 'password'),
  fromSecret: () => RolePassword.fromSecret(Secret.fromSecretName(Testing.chart(), 'secret', 'imported')),
  unsafeFromEnvironment: (variable) => RolePassword.unsafeFromEnvironment(variable),
  unsafePlainText: () => RolePassword.unsafePlainText('three'),
};

const everyDatabaseOption: Required<Omit<DatabaseOptions, 'owner'>> = { extensions: ['pg_trgm'], schemas: ['old'] };
const everyRoleOption: Required<Omit<RoleOptions, 'password'>> = {
  login: true,
  memberOf: ['pg_monitor'],
  connectionLimit: 5,
  privileges: Object.values(privileges),
  bindingSecret: { name: 'reports-binding', database: 'archive' },
};

/** Declares one database, and one role for each source of a password, one of them with every option. */
export function declareEverything(db: PostgresStatefulSet, variable: string): void {
  db.addDatabase('archive', everyDatabaseOption);
  Object.values(passwords).forEach((password, index) => db.addRole(`role-${index}`, { password: password(variable), ...index === 0 ? everyRoleOption : {} }));
}

/** The same as a plan takes them. */
export function additionsOf({ databases = {}, roles = {} }: Declared): Additions {
  return {
    ...noAdditions(),
    databases: Object.entries(databases).map(([name, options]) => ({ name, options })),
    roles: Object.entries(roles).map(([name, options]) => ({ name, options })),
  };
}

/** Adds them to a database. */
export function declare(db: PostgresStatefulSet, { databases = {}, roles = {} }: Declared): void {
  for (const [name, options] of Object.entries(databases)) db.addDatabase(name, options);
  for (const [name, options] of Object.entries(roles)) db.addRole(name, options);
}
