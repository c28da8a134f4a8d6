import type { Json } from '../find';

/** What is wrong, the kind of the manifest, and how the first one of that kind in the full program is spoiled. */
type Mutant = readonly [what: string, kind: string, spoil: (manifest: Json) => void];

const pod = (manifest: Json): Json => manifest.spec.template.spec;
const server = (manifest: Json): Json => pod(manifest).containers[0];
const volume = (manifest: Json, kind: string): Json => pod(manifest).volumes.find((one: Json) => kind in one)[kind];
const claim = (manifest: Json): Json => manifest.spec.volumeClaimTemplates[0].spec;
const jobPod = (manifest: Json): Json => manifest.spec.jobTemplate.spec.template.spec;

/** A term of a node affinity, as a patch may add it. */
function affinity(operator: string): Json {
  const nodeSelectorTerms = [{ matchExpressions: [{ key: 'a', operator }] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

function spread(whenUnsatisfiable: string): Json {
  return { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable };
}

const shapes: Mutant[] = [
  ['an unknown field deep down', 'StatefulSet', (m) => { server(m).portz = []; }],
  ['a number of pods that is a text', 'StatefulSet', (m) => { m.spec.replicas = '1'; }],
  ['a number of pods that is not whole', 'StatefulSet', (m) => { m.spec.replicas = 1.5; }],
  ['a quantity that is null', 'StatefulSet', (m) => { claim(m).resources.requests.storage = null; }],
  ['a StatefulSet without a selector', 'StatefulSet', (m) => { delete m.spec.selector; }],
  ['a StatefulSet of another group', 'StatefulSet', (m) => { m.apiVersion = 'v1'; }],
  ['a CronJob without a schedule', 'CronJob', (m) => { delete m.spec.schedule; }],
  ['a Service with ports that are no list', 'Service', (m) => { m.spec.ports = {}; }],
  ['a ConfigMap that is immutable by a text', 'ConfigMap', (m) => { m.immutable = 'true'; }],
  ['a Secret with a value that is a number', 'Secret', (m) => { m.stringData.password = 1; }],
  ['access modes that are a text', 'PersistentVolumeClaim', (m) => { m.spec.accessModes = 'ReadWriteOnce'; }],
  ['a budget that is a list', 'PodDisruptionBudget', (m) => { m.spec.maxUnavailable = [1]; }],
  ['a policy without pods', 'NetworkPolicy', (m) => { m.spec.podSelector = []; }],
  ['a token that is mounted by a text', 'ServiceAccount', (m) => { m.automountServiceAccountToken = 'no'; }],
];

const words: Mutant[] = [
  ['an update strategy', 'StatefulSet', (m) => { m.spec.updateStrategy.type = 'Rolling'; }],
  ['a pod management', 'StatefulSet', (m) => { m.spec.podManagementPolicy = 'Sequential'; }],
  ['a retention after deletion', 'StatefulSet', (m) => { m.spec.persistentVolumeClaimRetentionPolicy.whenDeleted = 'retain'; }],
  ['a retention after scaling', 'StatefulSet', (m) => { m.spec.persistentVolumeClaimRetentionPolicy.whenScaled = 'Recycle'; }],
  ['an access mode of a template', 'StatefulSet', (m) => { claim(m).accessModes = ['RWO']; }],
  ['an access mode of a claim', 'PersistentVolumeClaim', (m) => { m.spec.accessModes = ['ReadWrite']; }],
  ['a volume mode', 'PersistentVolumeClaim', (m) => { m.spec.volumeMode = 'filesystem'; }],
  ['an image pull policy', 'StatefulSet', (m) => { server(m).imagePullPolicy = 'Sometimes'; }],
  ['a termination message policy', 'StatefulSet', (m) => { server(m).terminationMessagePolicy = 'Log'; }],
  ['a mount propagation', 'StatefulSet', (m) => { server(m).volumeMounts[0].mountPropagation = 'Private'; }],
  ['a protocol of a container', 'StatefulSet', (m) => { server(m).ports[0].protocol = 'tcp'; }],
  ['a protocol of a Service', 'Service', (m) => { m.spec.ports[0].protocol = 'HTTP'; }],
  ['a change policy of the group', 'StatefulSet', (m) => { pod(m).securityContext.fsGroupChangePolicy = 'Never'; }],
  ['a seccomp profile', 'StatefulSet', (m) => { pod(m).securityContext.seccompProfile.type = 'Default'; }],
  ['an effect of a taint', 'StatefulSet', (m) => { pod(m).tolerations[0].effect = 'NoRun'; }],
  ['an operator of a toleration', 'StatefulSet', (m) => { pod(m).tolerations[0].operator = 'In'; }],
  ['an operator of a node affinity', 'StatefulSet', (m) => { pod(m).affinity = affinity('Equal'); }],
  ['an operator of a selector', 'StatefulSet', (m) => { m.spec.selector.matchExpressions = [{ key: 'a', operator: 'Equal' }]; }],
  ['an answer to spread that fails', 'StatefulSet', (m) => { pod(m).topologySpreadConstraints = [spread('Never')]; }],
  ['a DNS policy', 'StatefulSet', (m) => { pod(m).dnsPolicy = 'Cluster'; }],
  ['a preemption policy', 'StatefulSet', (m) => { pod(m).preemptionPolicy = 'Always'; }],
  ['a restart policy', 'CronJob', (m) => { jobPod(m).restartPolicy = 'No'; }],
  ['a concurrency policy', 'CronJob', (m) => { m.spec.concurrencyPolicy = 'Wait'; }],
  ['a type of a Service', 'Service', (m) => { m.spec.type = 'Headless'; }],
  ['a session affinity', 'Service', (m) => { m.spec.sessionAffinity = 'Cookie'; }],
  ['a family of addresses', 'Service', (m) => { m.spec.ipFamilies = ['ipv4']; }],
  ['a policy of address families', 'Service', (m) => { m.spec.ipFamilyPolicy = 'DualStack'; }],
  ['an external traffic policy', 'Service', (m) => { Object.assign(m.spec, { type: 'NodePort', externalTrafficPolicy: 'Node' }); }],
  ['an internal traffic policy', 'Service', (m) => { m.spec.internalTrafficPolicy = 'Node'; }],
  ['an eviction of pods that are not ready', 'PodDisruptionBudget', (m) => { m.spec.unhealthyPodEvictionPolicy = 'Always'; }],
  ['a direction of a policy', 'NetworkPolicy', (m) => { m.spec.policyTypes = ['In']; }],
  ['a protocol of a policy', 'NetworkPolicy', (m) => { m.spec.ingress[0].ports[0].protocol = 'HTTP'; }],
];

const texts: Mutant[] = [
  ['a quantity with a unit that is none', 'StatefulSet', (m) => { claim(m).resources.requests.storage = '10GB'; }],
  ['a quantity with a blank', 'PersistentVolumeClaim', (m) => { m.spec.resources.requests.storage = '10 Gi'; }],
  ['a quantity that is a word', 'StatefulSet', (m) => { server(m).resources.requests.memory = 'much'; }],
  ['a quantity in small letters', 'CronJob', (m) => { jobPod(m).containers[0].resources.limits.memory = '768mi'; }],
  ['a port that is a broken number', 'Service', (m) => { m.spec.ports[0].targetPort = 5432.5; }],
  ['a port that is out of range', 'Service', (m) => { m.spec.ports[0].port = 65536; }],
  ['a port of a probe that is a broken number', 'StatefulSet', (m) => { server(m).readinessProbe = { tcpSocket: { port: 1.5 } }; }],
  ['a port of a container that is 0', 'StatefulSet', (m) => { server(m).ports[0].containerPort = 0; }],
  ['a port of a container with a name of 16 characters', 'StatefulSet', (m) => { server(m).ports[0].name = 'postgresql-on-18'; }],
  ['a port of a container with a name without a letter', 'StatefulSet', (m) => { server(m).ports[0].name = '5432'; }],
  ['a port of a container with two hyphens together', 'StatefulSet', (m) => { server(m).ports[0].name = 'post--gres'; }],
  ['a target port with a name in capitals', 'Service', (m) => { m.spec.ports[0].targetPort = 'Postgres'; }],
  ['a port of a Service with an underscore', 'Service', (m) => { m.spec.ports[0].name = 'post_gres'; }],
  ['an address of a Service that is a word', 'Service', (m) => { m.spec.clusterIP = 'none'; }],
  ['a name in capitals', 'ConfigMap', (m) => { m.metadata.name = 'Ledger'; }],
  ['a name that ends with a hyphen', 'Secret', (m) => { m.metadata.name = 'ledger-'; }],
  ['a name of 254 characters', 'ServiceAccount', (m) => { m.metadata.name = 'a'.repeat(254); }],
  ['an object without a name', 'ConfigMap', (m) => { delete m.metadata.name; }],
  ['a StatefulSet with a dot in its name', 'StatefulSet', (m) => { m.metadata.name = 'ledger.db'; }],
  ['a Service with a dot in its name', 'Service', (m) => { m.metadata.name = 'ledger.db'; }],
  ['a CronJob with a name of 53 characters', 'CronJob', (m) => { m.metadata.name = 'a'.repeat(53); }],
  ['a container with an underscore in its name', 'StatefulSet', (m) => { server(m).name = 'post_gres'; }],
  ['a volume with a dot in its name', 'StatefulSet', (m) => { pod(m).volumes[0].name = 'a.b'; }],
  ['a label without a word after the slash', 'ConfigMap', (m) => { m.metadata.labels['example.com/'] = 'a'; }],
  ['a label with a key of two slashes', 'ConfigMap', (m) => { m.metadata.labels['example.com/a/b'] = 'a'; }],
  ['a label with a key of 64 characters', 'ConfigMap', (m) => { m.metadata.labels['a'.repeat(64)] = 'a'; }],
  ['a label with a value of 64 characters', 'ConfigMap', (m) => { m.metadata.labels.team = 'a'.repeat(64); }],
  ['a label with a blank in its value', 'Secret', (m) => { m.metadata.labels.team = 'of finance'; }],
  ['a label of the pods that ends with a dot', 'StatefulSet', (m) => { m.spec.template.metadata.labels.team = 'finance.'; }],
  ['a selected label of the pods with a blank', 'StatefulSet', (m) => { m.spec.selector.matchLabels.team = 'of finance'; }],
  ['a selected label with a blank', 'Service', (m) => { m.spec.selector.team = 'of finance'; }],
  ['an annotation with a blank in its key', 'ConfigMap', (m) => { m.metadata.annotations = { 'a b': 'c' }; }],
  ['an annotation whose prefix is no domain', 'ConfigMap', (m) => { m.metadata.annotations = { '-a.b/c': 'd' }; }],
  ['a label of a node with a slash in its value', 'StatefulSet', (m) => { pod(m).nodeSelector.disk = 'a/b'; }],
  ['a toleration of a key with a blank', 'StatefulSet', (m) => { pod(m).tolerations[0].key = 'a b'; }],
  ['a toleration of a value with a blank', 'StatefulSet', (m) => { pod(m).tolerations[1].value = 'a b'; }],
  ['a service account with a name in capitals', 'StatefulSet', (m) => { pod(m).serviceAccountName = 'Runner'; }],
  ['a priority class with an underscore', 'StatefulSet', (m) => { pod(m).priorityClassName = 'very_important'; }],
  ['a storage class with an underscore', 'PersistentVolumeClaim', (m) => { m.spec.storageClassName = 'very_fast'; }],
  ['a variable with an equals sign in its name', 'StatefulSet', (m) => { server(m).env[0].name = 'A=B'; }],
  ['a file of a ConfigMap with a slash', 'ConfigMap', (m) => { m.data['a/b'] = 'c'; }],
  ['a key of a Secret that goes up', 'Secret', (m) => { m.stringData['..'] = 'a'; }],
  ['a key of encoded values that goes up', 'Secret', (m) => { m.data = { '..': 'YQ==' }; }],
  ['a projected file that goes up', 'StatefulSet', (m) => { volume(m, 'secret').items[0].path = '../a'; }],
  ['a port of a policy that is out of range', 'NetworkPolicy', (m) => { m.spec.ingress[0].ports[0].port = 65536; }],
  ['a range of a policy without a length', 'NetworkPolicy', (m) => { m.spec.ingress.push({ from: [{ ipBlock: { cidr: '10.0.0.0' } }] }); }],
  ['a selected label of a budget with a blank', 'PodDisruptionBudget', (m) => { m.spec.selector.matchLabels.team = 'of finance'; }],
  ['a selected label of a policy with a blank', 'NetworkPolicy', (m) => { m.spec.podSelector.matchLabels.team = 'of finance'; }],
  ['a mount without a path', 'StatefulSet', (m) => { server(m).volumeMounts[0].mountPath = ''; }],
];

/** Each is refused by the API server too. */
export const mutants: readonly Mutant[] = [
  ...shapes,
  ...words.map(([what, kind, spoil]): Mutant => [`${what} that does not exist`, kind, spoil]),
  ...texts,
];

/** Refused by our schemas alone. */
export const strictMutants: readonly Mutant[] = [
  // the API server takes any word, and then no pod starts
  ['a medium of a volume that does not exist', 'StatefulSet', (m) => { volume(m, 'emptyDir').medium = 'Disk'; }],
  // kubectl compares it with the namespace that it was told before it sends anything
  ['a namespace with an underscore', 'ConfigMap', (m) => { m.metadata.namespace = 'of_finance'; }],
  // newer API servers may take it
  ['a Service whose name begins with a digit', 'Service', (m) => { m.metadata.name = '1ledger'; }],
];
