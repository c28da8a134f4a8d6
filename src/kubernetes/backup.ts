import type { CronJobSpec } from 'kubernetes-types/batch/v1';
import type { Affinity, Container, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import { claimSpec } from './claims';
import { jobScriptsConfigMap } from './config-maps';
import { resourceRequirements, variables } from './containers';
import { filled } from './filled';
import { backupLabels, descriptiveLabels, jobsOfBackup, keepAnnotations, objectLabels } from './labels';
import type { Manifest } from './manifest';
import { backupName, PORT } from './names';
import { PATHS } from './paths';
import { commonPodSpec, credentialsVolume, runVolume, scriptsVolume } from './pod-template';
import { containerSecurity } from './security';
import { authorityVolumes, tlsMounts } from './tls';
import type { BackupPlan, ComposedClaimPlan, CredentialFile, Plan } from '../plan/plan';

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
export function backupCronJob(plan: Plan, backup: BackupPlan): Manifest {
  const labels = { ...descriptiveLabels(plan), ...backupLabels(plan, backup.id) };
  const spec: CronJobSpec = {
    schedule: backup.schedule,
    timeZone: backup.timeZone,
    suspend: backup.suspended,
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: backup.startingDeadlineSeconds,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      metadata: { labels },
      spec: {
        activeDeadlineSeconds: backup.deadlineSeconds,
        backoffLimit: 1,
        template: {
          metadata: filled({ labels, annotations: plan.platform.podAnnotations }),
          spec: {
            ...commonPodSpec(plan),
            restartPolicy: 'Never',
            affinity: sameNodeAsOtherJobs(plan, backup.id),
            containers: [backupContainer(plan, backup)],
            volumes: jobVolumes(plan, backup.claim.name, 'backup-password'),
          },
        },
      },
    },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: backupName(plan, backup.id), labels: objectLabels(plan), annotations: plan.annotations },
    body: { spec },
  };
}

/** The claim outlives the program's objects: a backup that goes with its database is none. */
export function backupClaim(plan: Plan, claim: ComposedClaimPlan): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim.name, labels: objectLabels(plan), annotations: keepAnnotations(plan) },
    body: { spec: claimSpec(claim) },
  };
}

/** The same image as the server: `pg_dump` must not be older than what it dumps. */
function backupContainer(plan: Plan, backup: BackupPlan): Container {
  return {
    name: 'backup',
    image: plan.image.reference,
    imagePullPolicy: plan.platform.imagePullPolicy,
    command: ['bash', `${PATHS.scripts}/backup.sh`],
    env: variables(backupEnvironment(plan, backup)),
    resources: resourceRequirements(backup.resources),
    securityContext: containerSecurity(),
    volumeMounts: [{ name: 'backup', mountPath: PATHS.backup }, ...jobMounts(plan)],
  };
}

/** What every Job mounts beside the claim. */
export function jobMounts(plan: Plan): VolumeMount[] {
  return [
    { name: 'run', mountPath: PATHS.run },
    { name: 'temporary', mountPath: PATHS.temporary },
    { name: 'scripts', mountPath: PATHS.scripts, readOnly: true },
    { name: 'credentials', mountPath: PATHS.credentials, readOnly: true },
    ...tlsMounts(plan),
  ];
}

/** A Job sees the one password that it uses. */
export function jobVolumes(plan: Plan, claimName: string, password: CredentialFile): Volume[] {
  return [
    { name: 'backup', persistentVolumeClaim: { claimName } },
    runVolume(),
    { name: 'temporary', emptyDir: {} },
    scriptsVolume(jobScriptsConfigMap(plan)),
    credentialsVolume(plan, [password]),
    ...authorityVolumes(plan),
  ];
}

function backupEnvironment(plan: Plan, { retention, parallelJobs }: BackupPlan): Record<string, string> {
  return {
    PGHOST: plan.name,
    PGPORT: `${PORT}`,
    PGUSER: 'backup',
    PGSTS_NAME: plan.name,
    PGSTS_BACKUP_DIRECTORY: PATHS.backup,
    PGSTS_BACKUP_JOBS: `${parallelJobs}`,
    PGSTS_KEEP_LAST: `${retention.keepLast}`,
    PGSTS_KEEP_DAILY: `${retention.daily}`,
    PGSTS_KEEP_WEEKLY: `${retention.weekly}`,
    PGSTS_KEEP_MONTHLY: `${retention.monthly}`,
    PGSTS_KEEP_MINIMUM: `${retention.minimum}`,
  };
}

/** A volume for one node serves Jobs on that node only: a Job made by hand should land beside the one that is running. */
export function sameNodeAsOtherJobs(plan: Plan, backupId: string): Affinity {
  return {
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{
        weight: 100,
        podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: jobsOfBackup(plan, backupId) } },
      }],
    },
  };
}
