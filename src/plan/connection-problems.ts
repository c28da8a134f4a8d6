import { findHoles, HOLE } from './holes';
import { isDataKey, isObjectName } from './legal-names';
import { ConnectionFacts, ConnectionPlan, secretOf } from './resolve-connection';
import type { ConnectOptions } from '../connections';
import { isLegalName } from './rules/databases';

/** Whom a database is to be connected with. */
export interface ConnectedWorkload {
  readonly path: string;
  readonly namespace: string | undefined;
}

const FORMS: readonly string[] = ['environment', 'files'];

/** Why a workload cannot be connected like this: prop, value, cause and cure. */
export function connectionProblems(facts: ConnectionFacts, options: ConnectOptions, workload: ConnectedWorkload): string[] {
  return [
    ...findHoles(options.containers, 'containers').map((prop) => `${prop}: null ${HOLE.cause}; ${HOLE.cure}`),
    ...optionProblems(options),
    ...options.user !== 'postgres' ? [] : ['user: "postgres" is refused over the network, whatever its password; use the owner of the first database, or a role of addRole'],
    ...facts.own === undefined ? [] : certificateProblems(facts.own.clientCertificates),
    ...namespaceProblems(facts, workload),
    ...secretProblems(facts, options, workload),
  ];
}

/** Asked when the program is complete: databases and roles may be declared after somebody is connected with them. */
export function declarationProblems({ name, own }: ConnectionFacts, { database, user }: Pick<ConnectionPlan, 'database' | 'user'>): string[] {
  if (own === undefined) return [];
  const logins = own.roles.filter(({ login }) => login).map((role) => role.name);
  const elsewhere = 'or connect through PostgresStatefulSet.fromAttributes where somebody else makes it';
  const role = own.roles.find((one) => one.name === user);
  return [
    ...own.databases.includes(database) ? [] : [`database: "${database}" is not declared for "${name}", which has ${own.databases.join(', ')}; `
      + `declare it by addDatabase, ${elsewhere}`],
    ...role === undefined ? [`user: "${user}" is not declared for "${name}", as which ${logins.join(', ')} may log in; declare it by addRole, ${elsewhere}`]
      : role.login ? [] : [`user: "${user}" is a role of "${name}" that may not log in; use one of ${logins.join(', ')}, or leave \`login: false\` out`],
  ];
}

/** What is wrong whatever the database is. */
function optionProblems({ form, database, user, secretName, passwordKey, bindingRoot, authoritySecretName }: ConnectOptions): string[] {
  const wrong = (broken: boolean, prop: string, value: string | null | undefined, cure: string): string[] =>
    value != null && broken ? [`${prop}: ${JSON.stringify(value)} ${cure}`] : [];
  const noName = 'is not a name that a database or role can have; use between 1 and 63 bytes of UTF-8 without control characters, not beginning with `/`, `+` or `@`';
  const noSecret = 'is not a name that a Secret can have; use lower-case letters, digits, hyphens and dots, at most 253';
  return [
    ...wrong(!FORMS.includes(`${form}`), 'form', form, 'is no value of ConnectionForm; use ConnectionForm.ENVIRONMENT or ConnectionForm.FILES'),
    ...wrong(!isLegalName(`${database}`), 'database', database, noName),
    ...wrong(!isLegalName(`${user}`), 'user', user, noName),
    ...wrong(!isObjectName(`${secretName}`), 'secretName', secretName, noSecret),
    ...wrong(!isObjectName(`${authoritySecretName}`), 'authoritySecretName', authoritySecretName, noSecret),
    ...wrong(!isDataKey(`${passwordKey}`), 'passwordKey', passwordKey, 'is not a key that a Secret can have; use letters, digits, `-`, `_` and `.`'),
    ...wrong(!isFolder(`${bindingRoot}`), 'bindingRoot', bindingRoot, 'is not a folder that can be mounted into; use an absolute path without `..`, `:` and control characters'),
  ];
}

function isFolder(path: string): boolean {
  return /^\/[^:\p{Cc}]+$/u.test(path) && !path.split('/').includes('..');
}

function certificateProblems(kinds: readonly string[]): string[] {
  return kinds.map((kind) => `tls.clientCertificates: "${kind}" asks clients for a certificate, and connect has none to give; `
    + 'do without connect: let the workload in by connections.allowFrom(DatabaseClient.workload(...)) and mount a certificate of its own');
}

/** Only of a database that this program makes: where another one makes it, nobody can say whether it has a namespace. */
function namespaceProblems({ name, namespaces, own }: ConnectionFacts, { path, namespace }: ConnectedWorkload): string[] {
  if (own === undefined || namespace === undefined === (namespaces.length === 0)) return [];
  return namespace === undefined
    ? [`namespace: the database "${name}" is in "${namespaces.join()}", and the chart of the workload "${path}" has no namespace, `
      + 'so that nobody knows whether it is let in and finds the Secret; give the chart of the workload a namespace']
    : [`namespace: the workload "${path}" is in "${namespace}", and the chart of the database "${name}" has no namespace, `
      + 'so that the workload cannot be told its address; give the chart of the database a namespace'];
}

function secretProblems(facts: ConnectionFacts, options: ConnectOptions, { path, namespace }: ConnectedWorkload): string[] {
  const { name, namespaces, user: owner, own } = facts;
  const user = options.user ?? owner;
  if (options.secretName != null) return [];
  const [known] = secretOf(facts, user);
  if (known === undefined) {
    return [`user: where the password of "${user}" is, the database "${name}" does not say; `
      + `${own === undefined ? '' : 'declare the role with a password by addRole before, or '}name the Secret that has it by secretName`];
  }
  const isThere = namespaces.length === 0 || namespaces.join() === namespace || own === undefined && facts.secretIsGiven === true;
  return isThere ? [] : [`secretName: none is given; "${known.secretName}" of the database is in the namespace "${namespaces.join()}", `
    + `the workload "${path}" ${namespace === undefined ? 'in one that nobody knows' : `in "${namespace}"`}, and Kubernetes knows no Secret references across namespaces; `
    + `make a Secret with the password${namespace === undefined ? '' : ` in "${namespace}"`} and name it by secretName`];
}
