import { isLabelKey, isLabelValue } from '../legal-names';
import { error, offence, Rule } from '../rule';

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** Label keys that are ours or Kubernetes' own. */
function isReservedLabel(key: string): boolean {
  return /^(cdk8s-postgres|([^/]*\.)?(kubernetes|k8s)\.io)\//.test(key) && !key.startsWith('app.kubernetes.io/part-of') && !key.startsWith('app.kubernetes.io/version');
}

/**
 * Kubernetes takes 256 KiB of annotations, in UTF-8. The StatefulSet carries them twice, its pods' too, and `kubectl apply` writes the
 * whole object into one more annotation.
 */
const MOST_ANNOTATION_BYTES = 64 * 1024;

export const nameRules: readonly Rule[] = [
  {
    code: 'PG1001',
    severity: error,
    cause: 'is not a name that Services can have',
    cure: 'use lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen',
    offences: ({ name }) => offence(!DNS_LABEL.test(name), 'name', name),
  },
  {
    code: 'PG1002',
    severity: error,
    cause: 'is too long, since the names of pods and Jobs are made from it',
    cure: 'use at most 40 characters: set the prop `name` where the construct id is longer',
    offences: ({ name }) => offence(name.length > 40, 'name', name, `it has ${name.length}`),
  },
  {
    code: 'PG1003',
    severity: error,
    cause: 'is the name of two databases in one namespace, which would overwrite each other\'s objects',
    cure: 'give each its own prop `name` or put them into different namespaces',
    offences: ({ name }, { namesakes }) => offence(namesakes.length > 0, 'name', name, `also used by ${namesakes.join(', ')}`),
  },
  {
    code: 'PG1004',
    severity: error,
    cause: 'is not a label that may be set here',
    cure: 'use a legal key and value of Kubernetes that is neither under `cdk8s-postgres/` nor under a domain of Kubernetes',
    offences: ({ labels }) => Object.entries(labels)
      .filter(([key, value]) => isReservedLabel(key) || !isLabelKey(key) || !isLabelValue(value))
      .map(([key, value]) => ({ prop: `labels["${key}"]`, value })),
  },
  {
    code: 'PG1005',
    severity: error,
    cause: 'is not a key that annotations can have',
    cure: 'use letters, digits, `-`, `_` and `.`, at most 63 of them, behind an optional domain and a slash',
    offences: ({ annotations }) => Object.keys(annotations).filter((key) => !isLabelKey(key)).map((key) => ({ prop: 'annotations', value: key })),
  },
  {
    code: 'PG1006',
    severity: error,
    cause: 'is a database of which an object has the same name as another object of the program, which would overwrite each other',
    cure: 'give one of them another prop `name`, or its backup another `id`, or the role another `bindingSecret`, or put them into different namespaces',
    offences: ({ name }, { clashes }) => offence(clashes.length > 0, 'name', name, clashes.join(', ')),
  },
  {
    code: 'PG1007',
    severity: error,
    cause: 'are more bytes of annotations than `kubectl apply` can keep, which writes the whole object into one more',
    cure: `use at most ${MOST_ANNOTATION_BYTES} for all keys and values together, for pods and Services with those of \`annotations\`; put longer texts into a ConfigMap`,
    offences: ({ annotations, platform: { podAnnotations, serviceAnnotations } }) => {
      const whole = offence(bytesOf(annotations) > MOST_ANNOTATION_BYTES, 'annotations', bytesOf(annotations));
      // those of pods and Services hold them too
      return whole.length > 0 ? whole : Object.entries({ podAnnotations, serviceAnnotations })
        .flatMap(([prop, map]) => offence(bytesOf(map) > MOST_ANNOTATION_BYTES, prop, bytesOf(map)));
    },
  },
];

function bytesOf(map: Readonly<Record<string, string>>): number {
  return Object.entries(map).reduce((sum, texts) => sum + Buffer.byteLength(texts.join('')), 0);
}
