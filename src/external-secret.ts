import type { Duration } from 'cdk8s';

/**
 * A store that the External Secrets Operator reads.
 *
 * @see https://external-secrets.io/latest/api/secretstore/
 */
export class ExternalSecretStore {
  /**
   * A `SecretStore` in the database's namespace.
   *
   * @param name name of the SecretStore
   */
  public static fromSecretStoreName(name: string): ExternalSecretStore {
    return new ExternalSecretStore('SecretStore', name);
  }

  /**
   * A `ClusterSecretStore`.
   *
   * @param name name of the ClusterSecretStore
   */
  public static fromClusterSecretStoreName(name: string): ExternalSecretStore {
    return new ExternalSecretStore('ClusterSecretStore', name);
  }

  /** @internal */
  public readonly _kind: string;

  /** @internal */
  public readonly _name: string;

  private constructor(kind: string, name: string) {
    this._kind = kind;
    this._name = name;
  }
}

/**
 * One value in a store.
 *
 * @see https://external-secrets.io/latest/api/externalsecret/
 */
export interface ExternalSecretEntry {
  /** Name of the secret in the store: a path in Vault, a name or ARN in AWS, a name in Google Cloud and in Azure. */
  readonly key: string;

  /**
   * The field of a secret that has several.
   * @default - the whole secret
   */
  readonly property?: string;

  /**
   * Version of the secret.
   * @default - the newest one
   */
  readonly version?: string;
}

/** Where in a store the passwords are. */
export interface ExternalSecretOptions {
  /** The store. */
  readonly store: ExternalSecretStore;

  /** Password of the owner of the first database. */
  readonly password: ExternalSecretEntry;

  /**
   * Password of the superuser `postgres`.
   * @default - the superuser has no password and is reached inside the pod only
   */
  readonly superuserPassword?: ExternalSecretEntry;

  /**
   * Password of the role `replicator`, which the replicas use. Programs with more than one instance need it.
   * @default - the role has no password, so no replica can follow
   */
  readonly replicationPassword?: ExternalSecretEntry;

  /**
   * Password of the role `backup`. Programs with backups need it.
   * @default - the role has no password, so backups over the network fail with a sentence that says so
   */
  readonly backupPassword?: ExternalSecretEntry;

  /**
   * Password of the role `restore`. Add it for a restore, and remove it afterwards.
   * @default - nobody can log in as that role, so a restore fails with a sentence that says so
   */
  readonly restorePassword?: ExternalSecretEntry;

  /**
   * How often the store is asked for a new value. The running server takes it over without a restart.
   * @default Duration.hours(1)
   */
  readonly refreshInterval?: Duration;
}
