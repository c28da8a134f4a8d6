import { list } from './list';
import type { Plan, RolePasswordPlan } from './plan';
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
  /** Where the certificate authority of the server is. The database's own Secret need not have it. */
  readonly authorities: readonly { readonly secretName: string; readonly key: string; readonly optional: boolean }[];
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
  /** The name of the Secret is the program's own word for one that is where the clients are. */
  readonly secretIsGiven?: boolean;
  /** Known only of a database that this program makes. */
  readonly own?: {
    readonly databases: readonly string[];
    /** Those that clients may be. */
    readonly roles: readonly { readonly name: string; readonly login: boolean; readonly passwords: readonly RolePasswordPlan[] }[];
    /** None: clients need no certificate. */
    readonly clientCertificates: readonly string[];
  };
}

/** What a database that this program makes says of itself. */
export function connectionFacts(plan: Plan, endpoint: Endpoint): ConnectionFacts {
  const { name, namespaces, database, owner, credentials, tls, network, databases, applicationRoles } = plan;
  return {
    name,
    namespaces,
    database,
    user: owner,
    secretName: credentials.secretName,
    passwordKey: credentials.keys.password,
    // libpq would try without encryption next, and tell the wrong one of two errors
    sslModes: tls.some(({ mode }) => mode === 'required') ? ['require'] : [],
    authorities: tls.map(({ secretName, keys }) => ({ secretName, key: keys['ca.crt'], optional: true })),
    endpoint,
    hasPolicies: network.access !== 'unrestricted',
    own: {
      // every server has this one
      databases: [...databases.map((one) => one.name), 'postgres'],
      roles: [{ name: owner, login: true, passwords: [{ secretName: credentials.secretName, key: credentials.keys.password }] }, ...applicationRoles],
      clientCertificates: tls.map(({ clientCertificates }) => clientCertificates).filter((kind) => kind !== 'none'),
    },
  };
}

/** Settles the defaults of one connection. */
export function resolveConnection(facts: ConnectionFacts, options: ConnectOptions, clientNamespace?: string): ConnectionPlan {
  const { endpoint: { host, port }, hasPolicies, own, secretIsGiven, ...server } = facts;
  const elsewhere = namespacesFrom(facts.namespaces, clientNamespace);
  const user = options.user ?? facts.user;
  const [known = { secretName: facts.secretName, key: facts.passwordKey }] = secretOf(facts, user);
  const connection = {
    ...server,
    host,
    port,
    database: options.database ?? facts.database,
    user,
    secretName: options.secretName ?? known.secretName,
    passwordKey: options.passwordKey ?? (options.secretName == null ? known.key : 'password'),
    authorities: options.authoritySecretName == null
      // what has the name of the database's Secret in another namespace may be anybody's
      ? elsewhere.length > 0 ? [] : facts.authorities
      : [{ secretName: options.authoritySecretName, key: 'ca.crt', optional: false }],
  };
  const { database, secretName, passwordKey } = connection;
  const others = [...database === facts.database ? [] : [database], ...user === facts.user ? [] : [user]];
  const isCommon = own !== undefined && others.length === 0 && secretName === facts.secretName && passwordKey === facts.passwordKey;
  return {
    ...connection,
    form: options.form ?? 'environment',
    containers: [...options.containers ?? []],
    bindingRoot: options.bindingRoot ?? '/bindings',
    folder: [[facts.name, ...elsewhere].join('.'), ...others.map(encodeURIComponent)].join('-'),
    distinction: [...elsewhere, ...list(options.authoritySecretName).map((authority) => `ca.crt:${authority}`), ...isCommon ? [] : [host, `${port}`, database, user, secretName, passwordKey]],
    clientPolicy: options.clientPolicy ?? hasPolicies,
  };
}

/** Ports beside the server's own that a client asks for: the Service of another program may lead to a pooler in the pod. */
export function otherPorts({ endpoint: { port } }: ConnectionFacts): number[] {
  return port === 5432 ? [] : [port];
}

/** The namespace of a server where its client is in another one. */
export function namespacesFrom(server: readonly string[], client: string | undefined): string[] {
  return server.filter((namespace) => namespace !== client);
}

/** Where the password of a role is, as far as the database says; of several places the first one. */
export function secretOf({ user: owner, secretName, passwordKey, own }: ConnectionFacts, user: string): RolePasswordPlan[] {
  if (user === owner) return [{ secretName, key: passwordKey }];
  return (own?.roles ?? []).filter(({ name }) => name === user).flatMap(({ passwords }) => passwords);
}
