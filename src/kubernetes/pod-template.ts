import type { Container, PodSpec, PodTemplateSpec, Toleration, Volume } from 'kubernetes-types/core/v1';
import { accessConfigMap, databasesConfigMap, reloadConfigMap, scriptsConfigMap, settingsConfigMap, topologyConfigMap } from './config-maps';
import { extraMounts, extraVariables, extraVolumes, resourceRequirements } from './containers';
import { declaredVolumes } from './declared';
import { filled } from './filled';
import { descriptiveLabels, selectorLabels } from './labels';
import type { Manifest } from './manifest';
import { DATA_VOLUME, WAL_VOLUME } from './names';
import { PATHS } from './paths';
import { containerSecurity, podSecurity } from './security';
import { serverContainer } from './server-container';
import { spreadOfPods } from './spread';
import { tlsVolumes } from './tls';
import { perPlan } from '../plan/per-plan';
import type { CredentialFile, Plan, SidecarPlan } from '../plan/plan';

/** The server's pods. What changes here restarts every pod, one after the other. */
export function serverPodTemplate(plan: Plan): PodTemplateSpec {
  return {
    metadata: filled({ labels: { ...descriptiveLabels(plan), ...selectorLabels(plan) }, annotations: plan.platform.podAnnotations }),
    spec: {
      ...commonPodSpec(plan),
      ...spreadOfPods(plan),
      ...Object.fromEntries(plan.scheduling.priorityClasses.map((name) => ['priorityClassName', name])),
      terminationGracePeriodSeconds: plan.stop.graceSeconds,
      containers: [serverContainer(plan), ...plan.sidecars.map((sidecar) => sidecarContainer(plan, sidecar))],
      volumes: serverVolumes(plan),
    },
  };
}

/** What the server's pods and the pods of the Jobs have in common. */
export const commonPodSpec = perPlan((plan): Omit<PodSpec, 'containers'> => filled({
  serviceAccountName: plan.serviceAccount.name,
  automountServiceAccountToken: false,
  // Variables for every Service of the namespace would be noise, and some have names that libpq reads.
  enableServiceLinks: false,
  ...Object.fromEntries(plan.platform.hostUsers.map((hostUsers) => ['hostUsers', hostUsers])),
  securityContext: podSecurity(plan),
  imagePullSecrets: plan.imagePullSecrets.map((name) => ({ name })),
  nodeSelector: plan.scheduling.nodeSelector,
  tolerations: tolerations(plan),
}));

/** The Secret is optional as a whole and key by key: an older one never blocks a pod, and what lacks its key says so. */
export function credentialsVolume(plan: Plan, files: readonly CredentialFile[]): Volume {
  return {
    name: 'credentials',
    secret: {
      secretName: plan.credentials.secretName,
      optional: true,
      defaultMode: 0o440,
      items: files.map((file) => ({ key: plan.credentials.keys[file], path: file })),
    },
  };
}

/** Lives in memory and counts as the container's memory: copies of secrets never touch a disk. */
export function runVolume(): Volume {
  return { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } };
}

export function scriptsVolume(configMap: Manifest): Volume {
  return { name: 'scripts', configMap: { name: configMap.metadata.name, defaultMode: 0o555 } };
}

function serverVolumes(plan: Plan): Volume[] {
  const configMap = (name: string, configMapName: string): Volume => ({ name, configMap: { name: configMapName, defaultMode: 0o444 } });
  return [
    ...plan.data.kind === 'ephemeral' ? [{ name: DATA_VOLUME, emptyDir: {} }] : [],
    ...plan.wal.flatMap((wal) => wal.kind === 'ephemeral' ? [{ name: WAL_VOLUME, emptyDir: {} }] : []),
    { name: 'socket', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    runVolume(),
    { name: 'temporary', emptyDir: {} },
    { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: plan.sharedMemory.text } },
    scriptsVolume(scriptsConfigMap(plan)),
    configMap('settings', settingsConfigMap(plan).metadata.name),
    configMap('reload', reloadConfigMap(plan).metadata.name),
    configMap('access', accessConfigMap(plan).metadata.name),
    configMap('topology', topologyConfigMap(plan).metadata.name),
    configMap('databases', databasesConfigMap(plan).metadata.name),
    credentialsVolume(plan, ['username', 'password', 'superuser-password', 'replication-password', 'backup-password', 'restore-password']),
    ...tlsVolumes(plan),
    ...declaredVolumes(plan),
    ...extraVolumes(plan.extraVolumes),
  ];
}

function sidecarContainer(plan: Plan, sidecar: SidecarPlan): Container {
  return filled({
    name: sidecar.name,
    image: sidecar.image,
    imagePullPolicy: plan.platform.imagePullPolicy,
    command: [...sidecar.command],
    args: [...sidecar.args],
    env: extraVariables(sidecar.environment),
    ports: sidecar.ports.map(({ name, port }) => ({ name, containerPort: port, protocol: 'TCP' })),
    resources: resourceRequirements(sidecar.resources),
    securityContext: { ...containerSecurity(), ...Object.fromEntries(sidecar.users.map((user) => ['runAsUser', user])) },
    volumeMounts: [...sidecar.mountSocket ? [{ name: 'socket', mountPath: PATHS.socket }] : [], ...extraMounts(sidecar.mounts)],
  });
}

function tolerations(plan: Plan): Toleration[] {
  return plan.scheduling.tolerations.map(({ key, values, effects, seconds }): Toleration => ({
    key,
    ...values.length === 0 ? { operator: 'Exists' } : { operator: 'Equal', value: values[0] },
    ...Object.fromEntries(effects.map((effect) => ['effect', effect])),
    ...Object.fromEntries(seconds.map((amount) => ['tolerationSeconds', amount])),
  }));
}
