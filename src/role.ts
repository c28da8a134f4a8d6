import type { ISecret } from 'cdk8s-plus-28';
import { textOf } from './plan/texts';
import { Privilege } from './privilege';

/**
 * Where the password of a role comes from. The running server follows it: a changed password takes effect without a restart.
 *
 * @see https://www.postgresql.org/docs/current/role-attributes.html
 */
export class RolePassword {
  /**
   * A key of a Secret in the same namespace that somebody else makes. While it is missing the role keeps the password that it has, a new one
   * has none. The Secret is mounted into the server's pod: a new reference restarts it once, a new password does not.
   *
   * @param secretName name of the Secret
   * @param key key in the Secret; without it `password`
   */
  public static fromSecretName(secretName: string, key?: string): RolePassword {
    return new RolePassword('secret', secretName, key);
  }

  /**
   * A key of a Secret of cdk8s-plus in the same namespace.
   *
   * @param secret the Secret
   * @param key key in the Secret; without it `password`
   */
  public static fromSecret(secret: ISecret, key?: string): RolePassword {
    return new RolePassword('secret', secret.name, key);
  }

  /**
   * An environment variable that is read at synthesis. Unsafe: the password stands in the synthesized YAML, in the role's Secret `<name>-<role>`,
   * which is made for it. A variable that is missing or empty is reported (PG2413).
   *
   * @param variable name of the environment variable
   */
  public static unsafeFromEnvironment(variable: string): RolePassword {
    return new RolePassword('variable', variable, '');
  }

  /**
   * A text. Unsafe: the password stands in the program and in the synthesized YAML, in the role's Secret `<name>-<role>`, which is made for it.
   *
   * @param password the password
   */
  public static unsafePlainText(password: string): RolePassword {
    return new RolePassword('text', password, '');
  }

  /** @internal */
  public readonly _kind: 'secret' | 'variable' | 'text';

  /** @internal */
  public readonly _source: string;

  /** @internal */
  public readonly _key: string | undefined;

  private constructor(kind: 'secret' | 'variable' | 'text', source: string, key: string | undefined) {
    this._kind = kind;
    this._source = textOf(source);
    this._key = key;
  }
}

/** A Secret that tells an application where its database is, in the forms that programs want. */
export interface BindingSecretOptions {
  /**
   * Name of the Secret.
   * @default - `<name>-<role>`
   */
  readonly name?: string;

  /**
   * The database that it names.
   * @default - the first database
   */
  readonly database?: string;
}

/** A role beside the owner of the first database. */
export interface RoleOptions {
  /**
   * Whether the role may log in. A role that may not is a group for others.
   * @default true
   */
  readonly login?: boolean;

  /**
   * Roles that this one is a member of: the owner of the first database, roles of `addRole`, and those that the server has, such as `pg_monitor`.
   * @default - none
   * @see https://www.postgresql.org/docs/current/predefined-roles.html
   */
  readonly memberOf?: string[];

  /**
   * How many connections the role may have at the same time.
   * @default - no limit is set, and none that somebody else set is taken away
   */
  readonly connectionLimit?: number;

  /**
   * Where the password comes from.
   * @default - the role has no password: it is reached inside the pod only, or with a certificate
   */
  readonly password?: RolePassword;

  /**
   * What the role may do.
   * @default - none but what everybody may
   */
  readonly privileges?: Privilege[];

  /**
   * A Secret for the application that uses this role: `type`, `provider`, `host`, `port`, `database`, `username`, `uri` and `jdbc-url`, as service
   * bindings want them. It has the password, in `password`, `uri`, `jdbc-url` and `pgpass`, only where that comes from an unsafe source.
   * @default - none, unless the password comes from an unsafe source
   * @see https://servicebinding.io/spec/core/1.1.0/#provisioned-service
   */
  readonly bindingSecret?: BindingSecretOptions;
}
