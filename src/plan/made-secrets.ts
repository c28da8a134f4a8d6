import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Plan } from './plan';

/** The Secrets that operators make for a database; what it composes itself is known by its objects. */
export function secretsOfOperators({ credentials, tls }: Plan): string[] {
  return [
    ...credentials.external.map(() => credentials.secretName),
    ...tls.flatMap(({ secretName, certificates }) => certificates.map(() => secretName)),
  ];
}

/** A Secret, and the path of what makes it. */
export interface MadeSecret {
  readonly name: string;
  readonly path: string;
}

/**
 * The Secrets of a namespace that the rest of a program makes, itself or by cert-manager or the External Secrets Operator.
 *
 * @param skipped constructs that tell themselves what they make
 */
export function secretsOfOthers(root: IConstruct, namespace: string | undefined, skipped: ReadonlySet<IConstruct>): MadeSecret[] {
  const visit = (construct: IConstruct): MadeSecret[] => skipped.has(construct) ? []
    : [...ApiObject.isApiObject(construct) ? madeBy(construct, namespace) : [], ...construct.node.children.flatMap(visit)];
  return visit(root);
}

function madeBy(object: ApiObject, namespace: string | undefined): MadeSecret[] {
  const { apiGroup, kind, name, metadata, node } = object;
  if (metadata.namespace !== namespace) return [];
  const made = (secret: string): MadeSecret[] => [{ name: secret, path: node.path }];
  switch (`${kind}.${apiGroup}`) {
    case 'Secret.core': return made(name);
    case 'Certificate.cert-manager.io': return made(`${(object.toJson() as Certificate).spec?.secretName}`);
    case 'ExternalSecret.external-secrets.io': {
      const { target } = (object.toJson() as ExternalSecret).spec ?? {};
      // with the other policies it fills a Secret that is there, or makes none
      return ['Owner', 'Orphan'].includes(target?.creationPolicy ?? 'Owner') ? made(target?.name ?? name) : [];
    }
    default: return [];
  }
}

/** @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec */
interface Certificate {
  readonly spec?: { readonly secretName?: string };
}

/** @see https://external-secrets.io/latest/api/spec/#external-secrets.io/v1.ExternalSecretTarget */
interface ExternalSecret {
  readonly spec?: { readonly target?: { readonly name?: string; readonly creationPolicy?: string } };
}
