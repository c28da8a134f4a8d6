import { Chart } from 'cdk8s';
import type { AbstractPod } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { ConnectionSide } from './connection-side';
import { DatabaseClient } from './database-client';
import { attaching, connecting } from './late';

/** How a workload is told where the database is and what the password is. */
export enum ConnectionForm {
  /** Variables that libpq and most drivers read: `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`, `PGPASSWORD`, with TLS `PGSSLMODE`. They keep the value that the pod started with. */
  ENVIRONMENT = 'environment',
  /**
   * Files in the layout of servicebinding.io: `type`, `provider`, `host`, `port`, `database`, `username`, `password`, `uri` and `jdbc-url`,
   * with TLS `sslmode` and `ca.crt`. They follow the Secret. `uri` and `jdbc-url` hold no password.
   */
  FILES = 'files',
}

/** What a client reaches. */
export interface AllowFromOptions {
  /**
   * Names of ports of the pods: `postgresql` is the server's, the others are those of sidecars. Only the program that makes the database can
   * open others: for one of `fromAttributes` any list is an error (PG2706).
   * @default - the server's
   */
  readonly ports?: string[];
}

/** How a workload is connected. */
export interface ConnectOptions {
  /**
   * How the workload is told.
   * @default ConnectionForm.ENVIRONMENT
   */
  readonly form?: ConnectionForm;

  /**
   * Names of the workload's containers that are told, those of initialisation included.
   * @default - all that the workload has when this is called
   */
  readonly containers?: string[];

  /**
   * Database to connect to; of a database that this program makes, a declared one.
   * @default - the first database
   */
  readonly database?: string;

  /**
   * Role to connect as; of a database that this program makes, the owner or a declared one that may log in. A role that is declared with its
   * password before needs no `secretName`. The role `postgres` is refused over the network.
   * @default - the owner of the first database
   */
  readonly user?: string;

  /**
   * Name of the Secret with the role's password, in the namespace of the workload: Kubernetes knows no references to other namespaces.
   * Needed where the database is in another namespace, and for a role whose password the database does not know.
   * @default - the Secret of the database, for another `user` that of the role
   */
  readonly secretName?: string;

  /**
   * Key of the Secret with the role's password.
   * @default - the key of the role's password, for another `secretName` `password`
   */
  readonly passwordKey?: string;

  /**
   * Name of a Secret in the namespace of the workload with the certificate authority of the server, in the key `ca.crt`; for files only.
   * @default - the Secret of the prop `tls` where the database is in the same namespace, otherwise none: there is no `ca.crt`
   */
  readonly authoritySecretName?: string;

  /**
   * Folder that has a folder for each database, named like it: `orders-db`, for a database in another namespace `orders-db.shop`, and with
   * another `database` or `user` these behind it, as in `orders-db-reader`. Told by the variable `SERVICE_BINDING_ROOT`; for files only.
   * @default '/bindings'
   * @see https://servicebinding.io/spec/core/1.1.0/#workload-projection
   */
  readonly bindingRoot?: string;

  /**
   * Whether a NetworkPolicy lets the workload's pods out to the database and to name resolution. Pods that such a policy selects reach
   * nothing else but what other policies allow: say false where nothing else restricts them and they need more than the database.
   * @default - true, unless the database has `NetworkAccess.unrestricted()`
   */
  readonly clientPolicy?: boolean;
}

/**
 * Who is connected with a database. What is allowed here is in the NetworkPolicy of the database, or, where another program makes the
 * database, in one on the client's side: the other program must let the client in.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class PostgresConnections {
  /** @internal */
  public static _of(side: ConnectionSide): PostgresConnections {
    return new PostgresConnections(side);
  }

  private readonly side: ConnectionSide;

  private constructor(side: ConnectionSide) {
    this.side = side;
  }

  /**
   * Lets a client in. Ranges of addresses that let everybody in are an error (PG2206). For a database that another program makes it lets the
   * client's pods out to the database and to name resolution, and to nothing else that no other policy allows: leave it out where nothing
   * restricts them.
   *
   * @param client pods, a namespace or addresses
   * @param options what it reaches
   */
  public allowFrom(client: DatabaseClient, options: AllowFromOptions = {}): void {
    requireClient('client', client);
    this.side.admit(client, options?.ports);
    if (this.side.foreign) this.letOut(client, this.side.scope);
  }

  /**
   * Lets the database's pods out, for a sidecar or a foreign data wrapper. Other pods of the database and name resolution they always reach.
   *
   * @param destination pods, a namespace or addresses
   * @param ports TCP ports of the destination's pods or addresses
   */
  public allowTo(destination: DatabaseClient, ports: number[]): void {
    requireClient('destination', destination);
    this.side.reach(destination, ports);
  }

  /**
   * Connects a workload of cdk8s-plus-28: tells its containers where the database is and where the password, and allows the connection
   * by NetworkPolicies on both sides. Where the server asks clients for certificates, use `allowFrom` and mount one of the workload's own.
   *
   * @param workload Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod
   * @param options how, and as whom
   */
  public connect(workload: AbstractPod, options: ConnectOptions = {}): void {
    const { connectionProblems, declarationProblems, resolveConnection } = connecting();
    const given = options ?? {};
    const client = DatabaseClient.workload(workload);
    const facts = this.side.facts();
    const [problem] = connectionProblems(facts, given, { path: workload.node.path, namespace: client._namespaceName });
    if (problem !== undefined) throw new Error(problem);
    const connection = resolveConnection(facts, given, client._namespaceName);
    attaching().attach(workload, connection);
    workload.node.addValidation({ validate: () => declarationProblems(this.side.facts(), connection) });
    this.side.admit(client, undefined);
    if (connection.clientPolicy) this.letOut(client, workload);
  }

  /** Once for each client, however often it is allowed. */
  private letOut(client: DatabaseClient, scope: Construct): void {
    const { namespacesFrom, otherPorts, resolvePeer } = connecting();
    const facts = this.side.facts();
    const { name, namespaces } = facts;
    const peer = resolvePeer(client, undefined);
    if (peer.kind !== 'pods') throw new Error(`the database "${name}" is made by another program, which must let a whole namespace or addresses in; only pods have a policy of their own`);
    const others = namespacesFrom(namespaces, client._namespaceName ?? Chart.of(scope).namespace);
    attaching().attachPolicy(scope, { name, namespaces: others, ports: otherPorts(facts) }, peer);
  }
}

/** Untyped callers and other languages say null, and give the workload itself. Copies of the library have other classes of one shape. */
function requireClient(argument: string, client: DatabaseClient): void {
  if (client?._kind !== undefined) return;
  throw new Error(`${argument}: ${client == null ? 'null' : 'this'} is no DatabaseClient; use DatabaseClient.workload, pods, inNamespace or cidr`);
}
