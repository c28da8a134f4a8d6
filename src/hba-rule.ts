/** How a connection that a rule matches proves who it is. */
export enum HbaMethod {
  /** A password, checked without sending it. */
  SCRAM_SHA_256 = 'scram-sha-256',

  /** A certificate of the client, whose common name is the role. Only with `HbaRule.hostssl`. */
  CERT = 'cert',

  /** Not at all: the connection is refused. */
  REJECT = 'reject',
}

/** Which connections a rule is about, and what they must do. */
export interface HbaRuleOptions {
  /**
   * Names of databases.
   * @default - every database
   */
  readonly databases?: string[];

  /**
   * Names of roles.
   * @default - every role, or only `membersOf`
   */
  readonly roles?: string[];

  /**
   * Roles of which the one that logs in is a member, directly or through others.
   * @default - every role, or only `roles`
   */
  readonly membersOf?: string[];

  /**
   * Addresses of clients, such as `10.1.2.3`, or ranges of them, such as `10.0.0.0/8` or `fd00::/8`. A client behind a Service of
   * type LoadBalancer may arrive with the address of a node.
   * @default - every address
   */
  readonly addresses?: string[];

  /**
   * What the client must do.
   * @default HbaMethod.SCRAM_SHA_256
   */
  readonly method?: HbaMethod;
}

/**
 * One rule of `pg_hba.conf`, about connections over the network. Its rules stand in four zones, and the first one that matches decides:
 *
 * 1. guards: the role `postgres` is refused over the network (its password works inside the pod and through `kubectl port-forward`), other
 *    superusers are not; replication is for the role `replicator` only;
 * 2. system: connections from inside the pod, and the roles of the backup and restore Jobs; plain connections are rejected where TLS is required;
 * 3. user: these rules, in the order of the prop `hbaRules`;
 * 4. default: every role, to every database, from everywhere, with a password.
 *
 * A rule that no connection can reach, because earlier ones decide about all it names, is an error (PG2301), one of several addresses or names that earlier
 * ones decide about a warning (PG2307). So is a role or database that nothing declares in a rule that rejects or asks for a certificate (PG2308): a wrong
 * name there holds nobody back. Nobody is ever trusted.
 *
 * @see https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
 */
export class HbaRule {
  /**
   * A rule about connections with TLS and without it.
   *
   * @param options which connections, and what they must do
   */
  public static host(options: HbaRuleOptions = {}): HbaRule {
    return new HbaRule('host', options);
  }

  /**
   * A rule about connections with TLS.
   *
   * @param options which connections, and what they must do
   */
  public static hostssl(options: HbaRuleOptions = {}): HbaRule {
    return new HbaRule('hostssl', options);
  }

  /**
   * A rule about connections without TLS.
   *
   * @param options which connections, and what they must do
   */
  public static hostnossl(options: HbaRuleOptions = {}): HbaRule {
    return new HbaRule('hostnossl', options);
  }

  /** @internal */
  public readonly _type: 'host' | 'hostssl' | 'hostnossl';

  /** @internal */
  public readonly _options: HbaRuleOptions;

  private constructor(type: 'host' | 'hostssl' | 'hostnossl', options: HbaRuleOptions) {
    this._type = type;
    // Untyped callers and other languages say null where nothing is meant.
    this._options = options ?? {};
  }
}
