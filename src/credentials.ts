import type { ISecret } from 'cdk8s-plus-28';
import type { ExternalSecretOptions } from './external-secret';

/** Which key of the Secret holds what. Secrets that were made for other charts keep their keys. */
export interface CredentialsKeys {
  /**
   * Key with the name of the owner of the first database. Where the key exists its value must be the owner's name.
   * @default 'username'
   */
  readonly username?: string;

  /**
   * Key with the password of the owner of the first database.
   * @default 'password'
   */
  readonly password?: string;

  /**
   * Key with the password of the superuser `postgres`. Without that key the superuser has no password and is reached inside the pod only.
   * @default 'superuser-password'
   */
  readonly superuserPassword?: string;

  /**
   * Key with the password of the role `replicator`, which the replicas use.
   * @default 'replication-password'
   */
  readonly replicationPassword?: string;

  /**
   * Key with the password of the role `backup`, which the backup Jobs use.
   * @default 'backup-password'
   */
  readonly backupPassword?: string;

  /**
   * Key with the password of the role `restore`, which the restore Jobs use. It is a superuser, and nobody can log in as it while the key is absent:
   * add the key for a restore, and remove it afterwards.
   * @default 'restore-password'
   */
  readonly restorePassword?: string;
}

/** Names of environment variables that hold passwords while the program is synthesized. */
export interface CredentialsVariables {
  /** Variable with the password of the owner of the first database. */
  readonly password: string;

  /**
   * Variable with the password of the superuser `postgres`.
   * @default - the superuser has no password and is reached inside the pod only
   */
  readonly superuserPassword?: string;

  /**
   * Variable with the password of the role `replicator`, which the replicas use. Programs with more than one instance need it.
   * @default - the role has no password, so no replica can follow
   */
  readonly replicationPassword?: string;

  /**
   * Variable with the password of the role `backup`.
   * @default - the role has no password, so backups over the network fail with a sentence that says so
   */
  readonly backupPassword?: string;

  /**
   * Variable with the password of the role `restore`.
   * @default - nobody can log in as that role, so a restore fails with a sentence that says so
   */
  readonly restorePassword?: string;
}

/** Passwords in clear text. */
export interface CredentialsValues {
  /** Password of the owner of the first database. */
  readonly password: string;

  /**
   * Password of the superuser `postgres`.
   * @default - the superuser has no password and is reached inside the pod only
   */
  readonly superuserPassword?: string;

  /**
   * Password of the role `replicator`, which the replicas use. Programs with more than one instance need it.
   * @default - the role has no password, so no replica can follow
   */
  readonly replicationPassword?: string;

  /**
   * Password of the role `backup`.
   * @default - the role has no password, so backups over the network fail with a sentence that says so
   */
  readonly backupPassword?: string;

  /**
   * Password of the role `restore`.
   * @default - nobody can log in as that role, so a restore fails with a sentence that says so
   */
  readonly restorePassword?: string;
}

/**
 * Where the passwords come from. The running server follows the Secret: a changed password takes effect without a restart.
 *
 * No password is ever made up at synthesis: a second synthesis would change it while the data directory keeps the first.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/secret/
 */
export class Credentials {
  /**
   * A Secret in the same namespace that somebody else makes: by hand, by an external secret store, by another chart.
   *
   * @param secretName name of the Secret
   * @param keys which key holds what
   */
  public static fromSecretName(secretName: string, keys: CredentialsKeys = {}): Credentials {
    return new Credentials(secretName, keys, undefined, undefined, undefined);
  }

  /**
   * A Secret of cdk8s-plus in the same namespace.
   *
   * @param secret the Secret
   * @param keys which key holds what
   */
  public static fromSecret(secret: ISecret, keys: CredentialsKeys = {}): Credentials {
    return new Credentials(secret.name, keys, undefined, undefined, undefined);
  }

  /**
   * Composes the Secret from environment variables that are read at synthesis. Unsafe: the passwords stand in the synthesized YAML.
   * All variables that are missing or empty are reported together (PG1801).
   *
   * @param variables names of the environment variables
   */
  public static unsafeFromEnvironment(variables: CredentialsVariables): Credentials {
    return new Credentials(undefined, {}, variables, undefined, undefined);
  }

  /**
   * Composes the Secret from text. Unsafe: the passwords stand in the program and in the synthesized YAML.
   *
   * @param values the passwords
   */
  public static unsafePlainText(values: CredentialsValues): Credentials {
    return new Credentials(undefined, {}, undefined, values, undefined);
  }

  /**
   * A Secret `<name>-credentials` that the External Secrets Operator makes and renews from a store such as Vault, AWS Secrets Manager, Google
   * Secret Manager or Azure Key Vault: composes its `ExternalSecret`. The Secret also has host, port, database and finished connection strings
   * for clients. No password stands in the synthesized YAML.
   *
   * @param options the store, and where in it the passwords are
   * @see https://external-secrets.io/latest/api/externalsecret/
   */
  public static externalSecret(options: ExternalSecretOptions): Credentials {
    // Untyped callers and other languages say null where nothing is meant.
    return new Credentials(undefined, {}, undefined, undefined, options ?? ({} as ExternalSecretOptions));
  }

  /** @internal */
  public readonly _secretName: string | undefined;

  /** @internal */
  public readonly _keys: CredentialsKeys;

  /** @internal */
  public readonly _variables: CredentialsVariables | undefined;

  /** @internal */
  public readonly _values: CredentialsValues | undefined;

  /** @internal */
  public readonly _external: ExternalSecretOptions | undefined;

  private constructor(
    secretName: string | undefined, keys: CredentialsKeys, variables: CredentialsVariables | undefined, values: CredentialsValues | undefined,
    external: ExternalSecretOptions | undefined,
  ) {
    this._secretName = secretName;
    this._keys = keys;
    this._variables = variables;
    this._values = values;
    this._external = external;
  }
}
