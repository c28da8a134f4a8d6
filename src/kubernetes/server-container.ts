import type { Container, Probe, VolumeMount } from 'kubernetes-types/core/v1';
import { extraMounts, extraVariables, resourceRequirements, variables } from './containers';
import { declaredMounts } from './declared';
import { CONTAINER, DATA_VOLUME, PORT, PORT_NAME, WAL_VOLUME } from './names';
import { dataDirectory, PATHS } from './paths';
import { containerSecurity } from './security';
import { tlsMounts } from './tls';
import type { Plan } from '../plan/plan';

/** The one container of the stock image, under our supervisor. */
export function serverContainer(plan: Plan): Container {
  return {
    name: CONTAINER,
    image: plan.image.reference,
    imagePullPolicy: plan.platform.imagePullPolicy,
    command: ['bash', `${PATHS.scripts}/supervisor.sh`],
    env: [
      ...variables(serverEnvironment(plan)),
      ...variables(plan.platform.assignsUser ? userEnvironment : {}),
      { name: 'PGSTS_POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ...extraVariables(plan.environment),
    ],
    ports: [{ name: PORT_NAME, containerPort: PORT, protocol: 'TCP' }],
    resources: resourceRequirements(plan.resources),
    securityContext: containerSecurity(),
    // An hour and more: recovery after a crash and the first initialisation must not be killed.
    startupProbe: probe('startup', { periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 4000 }),
    livenessProbe: probe('live', { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }),
    readinessProbe: probe('ready', { periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 }),
    volumeMounts: [...serverMounts(plan), ...extraMounts(plan.mounts)],
  };
}

/** Everything that the scripts read; a test compares both sides. */
function serverEnvironment(plan: Plan): Record<string, string> {
  return {
    PGDATA: dataDirectory(plan.version.major),
    PGHOST: PATHS.socket,
    PGSTS_NAME: plan.name,
    PGSTS_MAJOR: `${plan.version.major}`,
    PGSTS_OWNER: plan.owner,
    PGSTS_WAL_VOLUME: plan.wal.length === 0 ? '' : PATHS.walVolume,
    PGSTS_WAL_SEGMENT_MEBIBYTES: `${plan.initdb.walSegmentMebibytes}`,
    PGSTS_LOCALE_PROVIDER: plan.initdb.provider,
    PGSTS_LOCALE: plan.initdb.locale,
    PGSTS_STOP_SECONDS: `${plan.stop.fastSeconds}`,
    PGSTS_ON_DIVERGENCE: plan.replication.onDivergence,
    PGSTS_MAXIMUM_LAG_BYTES: `${Math.round(plan.replication.maximumLagMebibytes * 1024 ** 2)}`,
    PGSTS_ACKNOWLEDGED_MAJOR: plan.acknowledged.major,
    PGSTS_ACKNOWLEDGED_LIBC: plan.acknowledged.libc,
    PGSTS_ACKNOWLEDGED_CLUSTER: plan.acknowledged.cluster,
  };
}

/** Gives a user that only the cluster knows its name, in every process of the container and of `kubectl exec`. */
const userEnvironment = {
  // else bash looks its user up at once, before the files are there, and the library complains
  SHELL: '/bin/bash',
  LD_PRELOAD: 'libnss_wrapper.so',
  NSS_WRAPPER_PASSWD: `${PATHS.run}/passwd`,
  NSS_WRAPPER_GROUP: `${PATHS.run}/group`,
};

function probe(kind: string, timing: Partial<Probe>): Probe {
  return { exec: { command: ['bash', `${PATHS.scripts}/probe.sh`, kind] }, ...timing };
}

function serverMounts(plan: Plan): VolumeMount[] {
  return [
    { name: DATA_VOLUME, mountPath: PATHS.volume },
    // Images before 18 declare a volume below, which the runtime mounts over what an earlier image or chart may have left there.
    ...plan.version.major < 18 ? [{ name: DATA_VOLUME, mountPath: PATHS.secondMount }] : [],
    ...plan.wal.map(() => ({ name: WAL_VOLUME, mountPath: PATHS.walVolume })),
    { name: 'socket', mountPath: PATHS.socket },
    { name: 'run', mountPath: PATHS.run },
    { name: 'temporary', mountPath: PATHS.temporary },
    { name: 'shared-memory', mountPath: PATHS.sharedMemory },
    { name: 'scripts', mountPath: PATHS.scripts, readOnly: true },
    { name: 'settings', mountPath: PATHS.settings, readOnly: true },
    ...plan.image.ownPasswd ? [{ name: 'settings', mountPath: PATHS.passwd, subPath: 'passwd', readOnly: true }] : [],
    { name: 'reload', mountPath: PATHS.reload, readOnly: true },
    { name: 'access', mountPath: PATHS.access, readOnly: true },
    { name: 'topology', mountPath: PATHS.topology, readOnly: true },
    { name: 'databases', mountPath: PATHS.databases, readOnly: true },
    { name: 'credentials', mountPath: PATHS.credentials, readOnly: true },
    ...tlsMounts(plan),
    ...declaredMounts(plan),
  ];
}
