import type { Additions } from './additions';
import type { ApplicationRolePlan, BindingPlan, DatabasePlan, HbaRulePlan, InitSqlPlan, Plan, PrivilegePlan, RolePasswordPlan } from './plan';
import { textOf } from './texts';
import { HbaMethod, HbaRule } from '../hba-rule';
import type { InitSql } from '../init-sql';
import { preloadOf } from '../postgres/extensions';
import type { PostgresStatefulSetProps } from '../postgres-stateful-set-props';
import type { Privilege } from '../privilege';
import type { RoleOptions } from '../role';

/** What the declared roles and databases follow from. */
export interface DeclaredRequest {
  readonly name: string;
  readonly database: string;
  readonly owner: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly props: PostgresStatefulSetProps;
  readonly additions: Additions;
  readonly variable: (name: string) => string;
}

/** What the program declares inside the server, and who may reach it. */
export function resolveDeclared(request: DeclaredRequest): Pick<Plan, 'databases' | 'applicationRoles' | 'preload' | 'initSql' | 'hbaRules'> {
  const databases = resolveDatabases(request);
  const own = Object.entries(request.parameters).find(([name]) => name.toLowerCase() === 'shared_preload_libraries');
  return {
    databases,
    applicationRoles: resolveApplicationRoles(request),
    preload: preloadOf(own?.[1] ?? '', databases.flatMap(({ extensions }) => extensions)),
    initSql: (request.props.initSql ?? []).map(resolveInitSql),
    hbaRules: (request.props.hbaRules ?? []).map(resolveHbaRule),
  };
}

/** The first database, and the others by name: the order of calls does not matter. */
function resolveDatabases({ database, owner, props, additions }: DeclaredRequest): DatabasePlan[] {
  const added = additions.databases.map(({ name, options }): DatabasePlan => ({
    name, owner: textOf(options.owner ?? owner), extensions: names(options.extensions), schemas: names(options.schemas),
  }));
  return [{ name: database, owner, extensions: names(props.extensions), schemas: [] }, ...byName(added)];
}

function resolveApplicationRoles(request: DeclaredRequest): ApplicationRolePlan[] {
  return byName(request.additions.roles.map(({ name, options }): ApplicationRolePlan => {
    const bindings = resolveBinding(name, options, request);
    return {
      name,
      login: options.login ?? true,
      memberOf: names(options.memberOf).sort(),
      connectionLimits: options.connectionLimit == null ? [] : [options.connectionLimit],
      passwords: resolvePassword(options, bindings),
      privileges: (options.privileges ?? []).map((privilege) => resolvePrivilege(privilege, request.database)),
      bindings,
    };
  }));
}

/** Whether the Secret of a role is made: an answer that no later addition changes. */
export function hasBinding(options: RoleOptions): boolean {
  return options.bindingSecret != null || isUnsafe(options);
}

function isUnsafe({ password }: RoleOptions): boolean {
  return password != null && password._kind !== 'secret';
}

function resolveBinding(role: string, options: RoleOptions, { name, database, variable }: DeclaredRequest): BindingPlan[] {
  if (!hasBinding(options)) return [];
  const { password, bindingSecret = {} } = options;
  const source = password?._source ?? '';
  const value = password?._kind === 'variable' ? variable(source) : source;
  return [{
    secretName: textOf(bindingSecret?.name ?? `${name}-${role}`),
    database: textOf(bindingSecret?.database ?? database),
    passwords: isUnsafe(options) ? [value] : [],
    missingVariables: password?._kind === 'variable' && value === '' ? [source] : [],
  }];
}

function resolvePassword({ password }: RoleOptions, bindings: readonly BindingPlan[]): RolePasswordPlan[] {
  if (password == null) return [];
  if (password._kind === 'secret') return [{ secretName: password._source, key: textOf(password._key ?? 'password') }];
  return bindings.map(({ secretName }) => ({ secretName, key: 'password' }));
}

function resolvePrivilege(privilege: Privilege, database: string): PrivilegePlan {
  return {
    kind: privilege._kind,
    database: textOf(privilege._scope.database ?? database),
    schema: textOf(privilege._scope.schema ?? 'public'),
    table: privilege._table,
    privileges: [...privilege._privileges],
  };
}

function resolveInitSql({ _kind: kind, _source: source, _key: key }: InitSql): InitSqlPlan {
  return { kind, source, key };
}

function resolveHbaRule({ _type: type, _options: options }: HbaRule): HbaRulePlan {
  const { databases, roles, membersOf, addresses } = options;
  return {
    type,
    databases: names(databases),
    roles: names(roles),
    groups: names(membersOf),
    addresses: names(addresses),
    method: textOf(options.method ?? HbaMethod.SCRAM_SHA_256),
    emptyLists: Object.entries({ databases, roles, membersOf, addresses }).filter(([, list]) => list?.length === 0).map(([list]) => list),
  };
}

function names(list: readonly string[] | null | undefined): string[] {
  return (list ?? []).map(textOf);
}

function byName<T extends { readonly name: string }>(declared: readonly T[]): T[] {
  return [...declared].sort((a, b) => a.name < b.name ? -1 : 1);
}
