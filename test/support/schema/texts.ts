import type { SchemaObject } from 'ajv';

/** Lengths and patterns are those of `k8s.io/apimachinery/pkg/util/validation`. */
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const WORD = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

function text(pattern: string, maxLength: number): SchemaObject {
  return { type: 'string', pattern: `^(${pattern})$`, maxLength };
}

const dnsLabel = text(LABEL, 63);
const dnsSubdomain = text(SUBDOMAIN, 253);
const word = text(WORD, 63);
const labelValue = text(`(${WORD})?`, 63);
/** The key of a label or an annotation: a word, or a subdomain, a slash and a word. */
const qualifiedName: SchemaObject = {
  type: 'string',
  anyOf: [word, { allOf: [{ pattern: `^${SUBDOMAIN}/${WORD}$` }, { pattern: '^[^/]{1,253}/[^/]{1,63}$' }] }],
};
const labels: SchemaObject = { propertyNames: qualifiedName, additionalProperties: labelValue };
/** A key of a ConfigMap or a Secret, which becomes the name of a file. */
const fileKey: SchemaObject = { ...text('[-._a-zA-Z0-9]+', 253), not: { pattern: '^\\.\\.?$|^\\.\\.' } };
/** A port's name has a letter, and no hyphen beside another. */
const portName: SchemaObject = { ...text(LABEL, 15), allOf: [{ pattern: '[a-z]' }, { not: { pattern: '--' } }] };
const portNumber: SchemaObject = { type: 'integer', minimum: 1, maximum: 65535 };

/** A whole number, a decimal one, or one with a suffix; `Mb`, `mb`, `GiB` and blanks are none. */
export const quantity: SchemaObject = {
  anyOf: [{ type: 'number' }, { type: 'string', pattern: '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]?|[eE][+-]?[0-9]+)$' }],
};

export const intOrString: SchemaObject = { type: ['integer', 'string'] };

/** What the types of the API leave open about a field's text and the API server does not. */
export const TEXTS: Readonly<Record<string, SchemaObject>> = {
  'meta.v1.ObjectMeta#name': dnsSubdomain,
  'meta.v1.ObjectMeta#namespace': dnsLabel,
  'meta.v1.ObjectMeta#labels': labels,
  'meta.v1.ObjectMeta#annotations': { propertyNames: qualifiedName },
  'meta.v1.LabelSelector#matchLabels': labels,
  'core.v1.ServiceSpec#selector': labels,
  'core.v1.ServiceSpec#clusterIP': { anyOf: [{ enum: ['None', ''] }, { pattern: '^[0-9]+(\\.[0-9]+){3}$' }, { pattern: '^[0-9a-f:]*:[0-9a-f:]+$' }] },
  'core.v1.ServicePort#name': dnsLabel,
  'core.v1.ServicePort#port': portNumber,
  'core.v1.ServicePort#targetPort': { anyOf: [portNumber, portName] },
  'core.v1.ContainerPort#name': portName,
  'core.v1.ContainerPort#containerPort': portNumber,
  'core.v1.Container#name': dnsLabel,
  'core.v1.Volume#name': dnsLabel,
  'core.v1.EnvVar#name': text('[-._a-zA-Z][-._a-zA-Z0-9]*', 4096),
  'core.v1.PodSpec#nodeSelector': labels,
  'core.v1.PodSpec#serviceAccountName': dnsSubdomain,
  'core.v1.PodSpec#priorityClassName': dnsSubdomain,
  'core.v1.Toleration#key': qualifiedName,
  'core.v1.Toleration#value': labelValue,
  'core.v1.PersistentVolumeClaimSpec#storageClassName': { anyOf: [{ const: '' }, dnsSubdomain] },
  'core.v1.ConfigMap#data': { propertyNames: fileKey },
  'core.v1.Secret#data': { propertyNames: fileKey },
  'core.v1.Secret#stringData': { propertyNames: fileKey },
  'core.v1.KeyToPath#path': { type: 'string', minLength: 1, not: { pattern: '^/|(^|/)\\.\\.(/|$)' } },
  'core.v1.VolumeMount#mountPath': { type: 'string', minLength: 1 },
  'networking.v1.IPBlock#cidr': { type: 'string', pattern: '^([0-9]+(\\.[0-9]+){3}|[0-9a-f:]*:[0-9a-f:]*)/[0-9]{1,3}$' },
  'networking.v1.NetworkPolicyPort#port': { anyOf: [portNumber, portName] },
};

/** Kinds whose own names are narrower than any object's. */
export const NAMES: Readonly<Record<string, SchemaObject>> = {
  CronJob: { maxLength: 52 },
  Service: text('[a-z]([-a-z0-9]*[a-z0-9])?', 63),
  StatefulSet: dnsLabel,
};
