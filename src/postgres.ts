import { IConstruct } from 'constructs';
import type { PostgresConnections } from './connections';
import { Endpoint } from './endpoint';
import { MultiHostEndpoint } from './multi-host-endpoint';

/** Keys of a Secret with the credentials of a database's owner. */
export interface CredentialsReference {
  /** Name of the Secret in the database's namespace. */
  readonly secretName: string;

  /** Key that holds the name of the owner, where the Secret has it. */
  readonly usernameKey: string;

  /** Key that holds the owner's password. */
  readonly passwordKey: string;
}

/** A PostgreSQL database as its clients see it. */
export interface IPostgres extends IConstruct {
  /**
   * Where the server that takes writes is reached. Where the primary moves, sessions end with the SQLSTATE 57P01, and new ones may get 25006 (read-only
   * transaction) for a moment: connect and try again on both. A session that got 25006 is one to a replica, and a pool has to close it.
   *
   * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
   */
  readonly primaryEndpoint: Endpoint;

  /** Where any server that is ready is reached, for reading. The primary is one of them, and so is a replica that is a little behind. */
  readonly readEndpoint: Endpoint;

  /** Every server by its own name, for drivers that choose among several. Only those that the program declares. */
  readonly multiHostEndpoint: MultiHostEndpoint;

  /** The Secret with the owner's password. */
  readonly credentialsSecret: CredentialsReference;

  /** Who is connected with the database. */
  readonly connections: PostgresConnections;

  /**
   * Where one pod is reached, whether it takes writes or not, and whether it is ready or not.
   *
   * @param ordinal number of the pod
   */
  instanceEndpoint(ordinal: number): Endpoint;
}

/** What a program must know of a database that it does not make itself. */
export interface PostgresAttributes {
  /** Name of the database: the prop `name` or the construct id where it is made. */
  readonly name: string;

  /**
   * Namespace of the database.
   * @default - the client's own namespace
   */
  readonly namespaceName?: string;

  /**
   * Name of the first database.
   * @default 'app'
   */
  readonly database?: string;

  /**
   * Owner of the first database.
   * @default - the same as `database`
   */
  readonly owner?: string;

  /**
   * Name of the Secret with the owner's password, in the namespace of the clients. Clients of another namespace than that of the database
   * need it, or one of `connect`: Kubernetes knows no references to other namespaces.
   * @default - `<name>-credentials`, in the namespace of the database
   */
  readonly secretName?: string;

  /**
   * Key of the Secret with the name of the owner.
   * @default 'username'
   */
  readonly usernameKey?: string;

  /**
   * Key of the Secret with the owner's password.
   * @default 'password'
   */
  readonly passwordKey?: string;

  /**
   * Port of the Services that the server is reached at. Endpoints of single pods keep 5432, at which the server itself listens. A policy of a client
   * lets it out to this port of the pods and to 5432.
   * @default 5432
   */
  readonly port?: number;

  /**
   * Number of pods of the database, from 1 to 9.
   * @default 1
   */
  readonly instances?: number;
}
