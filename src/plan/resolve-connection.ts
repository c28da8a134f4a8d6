import type { Plan } from './plan';
import type { ConnectOptions } from '../connections';
import type { Endpoint } from '../endpoint';

/** What a client needs to be connected with a database; no secret. */
export interface ConnectionPlan {
  /** Name of the database's Service and StatefulSet. */
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly secretName: string;
  readonly passwordKey: string;
  /** None: the server has no TLS, or nobody knows. */
  readonly sslModes: readonly string[];
  /** Where the certificate authority of the server is, which need not be there. */
  readonly authorities: readonly { readonly secretName: string; readonly key: string }[];
  readonly form: 'environment' | 'files';
  readonly containers: readonly string[];
  readonly bindingRoot: string;
  /** Folder of the files in it: told apart from those of other databases and roles that one container has. */
  readonly folder: string;
  /** What else than the workload tells its objects apart; nothing for the owner of a database that this program makes in the same namespace. */
  readonly distinction: readonly string[];
  readonly clientPolicy: boolean;
}

/** What the database says of itself. */
export interface ConnectionFacts extends Pick<ConnectionPlan, 'name' | 'namespaces' | 'database' | 'user' | 'secretName' | 'passwordKey'
| 'sslModes' | 'authorities'> {
  readonly endpoint: Endpoint;
  readonly hasPolicies: boolean;
  /** Known only of a database that this program makes. */
  readonly own?: {
    readonly databases: readonly string[];
    /** None: clients need no certificate. */
    readonly clientCertificates: readonly string[];
  };
}

/** Whom a database is to be connected with. */
export interface ConnectedWorkload {
  readonly path: string;
  readonly namespace: string | undefined;
}

/** What a database that this program makes says of itself. */
export function connectionFacts(plan: Plan, endpoint: Endpoint): ConnectionFacts {
  const { name, namespaces, database, owner, credentials, tls, network, databases } = plan;
  return {
    name,
    namespaces,
    database,
    user: owner,
    secretName: credentials.secretName,
    passwordKey: credentials.keys.password,
    // libpq would try without encryption next, and tell the wrong one of two errors
    sslModes: tls.some(({ mode }) => mode === 'required') ? ['require'] : [],
    authorities: tls.map(({ secretName, keys }) => ({ secretName, key: keys['ca.crt'] })),
    endpoint,
    hasPolicies: network.access !== 'unrestricted',
    own: {
      // every server has this one
      databases: [...databases.map((one) => one.name), 'postgres'],
      clientCertificates: tls.map(({ clientCertificates }) => clientCertificates).filter((kind) => kind !== 'none'),
    },
  };
}

/** Settles the defaults of one connection. */
export function resolveConnection(facts: ConnectionFacts, options: ConnectOptions, clientNamespace?: string): ConnectionPlan {
  const { endpoint, hasPolicies, own, ...server } = facts;
  const connection = {
    ...server,
    host: endpoint.host,
    port: endpoint.port,
    database: options.database ?? facts.database,
    user: options.user ?? facts.user,
    secretName: options.secretName ?? facts.secretName,
    passwordKey: options.passwordKey ?? (options.secretName == null ? facts.passwordKey : 'password'),
  };
  const { host, port, database, user, secretName, passwordKey } = connection;
  const elsewhere = namespacesFrom(facts.namespaces, clientNamespace);
  const others = [...database === facts.database ? [] : [database], ...user === facts.user ? [] : [user]];
  const isCommon = own !== undefined && others.length === 0 && secretName === facts.secretName && passwordKey === facts.passwordKey;
  return {
    ...connection,
    form: options.form ?? 'environment',
    containers: [...options.containers ?? []],
    bindingRoot: options.bindingRoot ?? '/bindings',
    folder: [[facts.name, ...elsewhere].join('.'), ...others.map(encodeURIComponent)].join('-'),
    distinction: [...elsewhere, ...isCommon ? [] : [host, `${port}`, database, user, secretName, passwordKey]],
    clientPolicy: options.clientPolicy ?? hasPolicies,
  };
}

/** The namespace of a server where its client is in another one. */
export function namespacesFrom(server: readonly string[], client: string | undefined): string[] {
  return server.filter((namespace) => namespace !== client);
}

/** Why a workload cannot be connected like this: prop, value, cause and cure. */
export function connectionProblems(facts: ConnectionFacts, options: ConnectOptions, workload: ConnectedWorkload): string[] {
  const { user, secretName } = options;
  return [
    ...facts.own === undefined ? [] : [...certificateProblems(facts.own.clientCertificates), ...namespaceProblems(facts, secretName, workload)],
    ...user == null || user === facts.user || secretName != null ? []
      : [`user: the password of "${user}" is not in the database's Secret; name the one that has it by secretName`],
  ];
}

/** Asked when the program is complete: a database may be declared after it is connected. */
export function databaseProblems({ name, own }: ConnectionFacts, database: string): string[] {
  if (own === undefined || own.databases.includes(database)) return [];
  return [`database: "${database}" is not declared for "${name}", which has ${own.databases.join(', ')}; `
    + 'declare it by addDatabase, or connect through PostgresStatefulSet.fromAttributes where somebody else makes it'];
}

function certificateProblems(kinds: readonly string[]): string[] {
  return kinds.map((kind) => `tls.clientCertificates: "${kind}" asks clients for a certificate, and connect has none to give; `
    + 'do without connect: let the workload in by connections.allowFrom(DatabaseClient.workload(...)) and mount a certificate of its own');
}

function namespaceProblems(facts: ConnectionFacts, given: string | undefined, { path, namespace }: ConnectedWorkload): string[] {
  const { name, namespaces, secretName: known } = facts;
  if (namespace === undefined || namespaces.includes(namespace)) return [];
  if (namespaces.length === 0) {
    return [`namespace: the workload "${path}" is in "${namespace}", and the chart of the database "${name}" has no namespace, `
      + 'so that the workload cannot be told its address; give the chart of the database a namespace'];
  }
  return given != null ? [] : [`secretName: none is given; "${known}" of the database is in the namespace "${namespaces.join()}", `
    + `the workload "${path}" in "${namespace}", and Kubernetes knows no Secret references across namespaces; make a Secret with the password in "${namespace}" and name it by secretName`];
}
