import { Duration } from 'cdk8s';
import { CertificateIssuer } from './certificate-issuer';
import { textOf } from './plan/texts';

/** The oldest version of TLS that the server speaks. */
export enum TlsVersion {
  /** TLS 1.2, which every supported client speaks. */
  V1_2 = 'TLSv1.2',

  /** TLS 1.3. */
  V1_3 = 'TLSv1.3',
}

/** Whether connections over the network may go without TLS. */
export enum TlsMode {
  /** Over the network only TLS: a connection without it is rejected, whatever its password. */
  REQUIRED = 'required',

  /** With TLS or without it, as the client wants. */
  OPTIONAL = 'optional',
}

/**
 * What a client has to show beside its password. The roles of backups and restores are not asked: their password is enough.
 *
 * @see https://www.postgresql.org/docs/current/auth-cert.html
 */
export enum ClientCertificates {
  /** Nothing: the password is enough. */
  NONE = 'none',

  /** A certificate of the authority for clients, whatever name it has in it. */
  VERIFIED_AUTHORITY = 'verify-ca',

  /** A certificate of the authority for clients whose common name is the role that logs in. */
  VERIFIED = 'verify-full',
}

/** Which key of the Secret holds what. */
export interface TlsKeys {
  /**
   * The server's certificate, followed by those that it was issued through.
   * @default 'tls.crt'
   */
  readonly certificate?: string;

  /**
   * The private key of the certificate, without a passphrase.
   * @default 'tls.key'
   */
  readonly privateKey?: string;

  /**
   * The authority that clients check the server's certificate with. Backups check it too when the Secret has this key.
   * @default 'ca.crt'
   */
  readonly authority?: string;

  /**
   * The authority that the server checks certificates of clients with.
   * @default - the same as `authority`
   */
  readonly clientAuthority?: string;
}

/** What holds for each source of the certificate. */
export interface TlsOptions {
  /**
   * Whether connections over the network may go without TLS. Inside the pod, where `kubectl port-forward` arrives too, they may in any case.
   * @default TlsMode.REQUIRED
   */
  readonly mode?: TlsMode;

  /**
   * The oldest version of TLS that the server speaks.
   * @default TlsVersion.V1_2
   * @see https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SSL-MIN-PROTOCOL-VERSION
   */
  readonly minimumVersion?: TlsVersion;

  /**
   * What a client has to show beside its password.
   * @default ClientCertificates.NONE
   */
  readonly clientCertificates?: ClientCertificates;

  /**
   * Names and addresses beside the names of the Services in the cluster under which clients reach the server, such as those of a load balancer.
   * They are part of `certificateNames` and of a certificate of cert-manager.
   * @default - none
   */
  readonly additionalNames?: string[];
}

/** Options of a certificate in a Secret of your own. */
export interface TlsSecretOptions extends TlsOptions {
  /**
   * Which key of the Secret holds what.
   * @default - the keys that cert-manager writes: `tls.crt`, `tls.key` and `ca.crt`
   */
  readonly keys?: TlsKeys;
}

/** Options of a certificate of cert-manager. */
export interface CertManagerOptions extends TlsOptions {
  /**
   * How long a certificate is valid. At least an hour.
   * @default Duration.days(90)
   */
  readonly duration?: Duration;

  /**
   * How long before its end a certificate is renewed. At least five minutes, and less than `duration`.
   * @default - a third of `duration`
   */
  readonly renewBefore?: Duration;
}

/**
 * Encrypted connections. The server takes a renewed certificate over without a restart; one that it cannot use is told in the log of the
 * pod, and the server keeps the one that it has.
 *
 * @see https://www.postgresql.org/docs/current/ssl-tcp.html
 */
export class Tls {
  /**
   * Takes the certificate from a Secret that somebody else makes: cert-manager, another tool, or you. `certificateNames` of the database
   * tells the names that the certificate should have.
   *
   * @param secretName name of the Secret in the database's namespace
   * @param options keys of the Secret, and what clients must do
   */
  public static fromSecretName(secretName: string, options: TlsSecretOptions = {}): Tls {
    return new Tls(options, { secretName: textOf(secretName), keys: options?.keys ?? {} }, undefined);
  }

  /**
   * Renders a `Certificate` of cert-manager, which writes the Secret `<name>-tls` and renews it. Its names are `certificateNames` of the
   * database. cert-manager must be in the cluster.
   *
   * @param issuer who issues the certificate
   * @param options validity, and what clients must do
   * @see https://cert-manager.io/docs/usage/certificate/
   */
  public static certManager(issuer: CertificateIssuer, options: CertManagerOptions = {}): Tls {
    return new Tls(options, undefined, { issuer: issuer ?? CertificateIssuer.fromIssuerName(''), options: options ?? {} });
  }

  /** @internal */
  public readonly _options: TlsOptions;

  /** @internal */
  public readonly _given: { readonly secretName: string; readonly keys: TlsKeys } | undefined;

  /** @internal */
  public readonly _requested: { readonly issuer: CertificateIssuer; readonly options: CertManagerOptions } | undefined;

  private constructor(options: TlsOptions, given: Tls['_given'], requested: Tls['_requested']) {
    // Untyped callers and other languages say null where nothing is meant.
    this._options = options ?? {};
    this._given = given;
    this._requested = requested;
  }
}
