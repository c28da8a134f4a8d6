import { described } from './access';
import type { ApplicationRolePlan, DatabasePlan, Plan, PrivilegePlan, TlsPlan } from './plan';

/** What is declared inside the server and who may log in, as lines of text. No password. */
export function explainInside(plan: Plan): string[] {
  const { databases, applicationRoles, roles, initSql, hbaRules, tls } = plan;
  return [
    ...databases.map(databaseLine),
    ...roles.map(({ name, kind, passwordFile }) => `role "${name}": the ${kind}'s, password from the key ${keyOf(plan, passwordFile)}`),
    ...applicationRoles.map(roleLine),
    ...initSql.map(({ kind, source, key }) => `at the first start: SQL from ${kind === 'text' ? 'the program' : `the ${kind} ${source}, key ${key}`}`),
    ...tls.length === 0 ? ['TLS: none, what goes over the network is not encrypted'] : tls.map(tlsLine),
    ...hbaRules.map((rule) => `access rule: ${described(rule)}`),
    `access otherwise: every role with its password${tls.some(({ mode }) => mode === 'required') ? ', with TLS only' : ''}; "postgres" inside the pod only`,
  ];
}

function keyOf({ credentials }: Plan, file: string): string {
  return Object.entries(credentials.keys).flatMap(([one, key]) => one === file ? [key] : []).join('');
}

function databaseLine({ name, owner, extensions, schemas }: DatabasePlan): string {
  return `database "${name}": owned by "${owner}"${named(', extensions', extensions)}${named(', schemas', schemas)}`;
}

function roleLine({ name, login, memberOf, connectionLimits, passwords, privileges, bindings }: ApplicationRolePlan): string {
  return [
    `role "${name}": ${login ? 'may log in' : 'may not log in'}`,
    ...passwords.map(({ secretName, key }) => `password from the Secret ${secretName}, key ${key}`),
    ...memberOf.map((group) => `member of "${group}"`),
    ...connectionLimits.map((limit) => `at most ${limit} connections`),
    ...privileges.map(privilegeText),
    ...bindings.map(({ secretName, database }) => `told to applications by the Secret ${secretName} for "${database}"`),
  ].join(', ');
}

function privilegeText({ kind, database, schema, table, privileges }: PrivilegePlan): string {
  const place = kind === 'connect' ? `"${database}"` : `"${database}".${schema}`;
  return kind === 'table' ? `${privileges.join(' ')} on ${place}.${table}` : `may ${kind === 'connect' ? 'connect to' : `${kind} in`} ${place}`;
}

function tlsLine({ mode, minimumVersion, secretName, certificates, clientCertificates, additionalNames }: TlsPlan): string {
  return [
    `TLS: ${mode} over the network, from ${minimumVersion}`,
    `certificate from the Secret ${secretName}${certificates.map(({ issuer }) => ` by the ${issuer.kind} ${issuer.name} of cert-manager`).join('')}`,
    `certificates of clients: ${clientCertificates}`,
    ...additionalNames.length === 0 ? [] : [`also called ${additionalNames.join(', ')}`],
  ].join(', ');
}

function named(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${what} ${names.join(', ')}`;
}
