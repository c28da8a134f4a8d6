import { textOf } from './plan/texts';

/**
 * Who issues a certificate for cert-manager.
 *
 * @see https://cert-manager.io/docs/concepts/issuer/
 */
export class CertificateIssuer {
  /**
   * An `Issuer` in the database's namespace.
   *
   * @param name name of the Issuer
   */
  public static fromIssuerName(name: string): CertificateIssuer {
    return new CertificateIssuer('cert-manager.io', 'Issuer', name);
  }

  /**
   * A `ClusterIssuer`.
   *
   * @param name name of the ClusterIssuer
   */
  public static fromClusterIssuerName(name: string): CertificateIssuer {
    return new CertificateIssuer('cert-manager.io', 'ClusterIssuer', name);
  }

  /**
   * An issuer of another group, such as those for AWS Private CA or Google CAS.
   *
   * @param group API group, such as `awspca.cert-manager.io`
   * @param kind kind of the object, such as `AWSPCAClusterIssuer`
   * @param name name of the object
   */
  public static external(group: string, kind: string, name: string): CertificateIssuer {
    return new CertificateIssuer(group, kind, name);
  }

  /** @internal */
  public readonly _group: string;

  /** @internal */
  public readonly _kind: string;

  /** @internal */
  public readonly _name: string;

  private constructor(group: string, kind: string, name: string) {
    this._group = textOf(group);
    this._kind = textOf(kind);
    this._name = textOf(name);
  }
}
