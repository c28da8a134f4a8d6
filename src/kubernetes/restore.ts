import type { CronJobSpec } from 'kubernetes-types/batch/v1';
import type { Container } from 'kubernetes-types/core/v1';
import { jobMounts, jobVolumes, sameNodeAsOtherJobs } from './backup';
import { resourceRequirements, variables } from './containers';
import { filled } from './filled';
import { descriptiveLabels, objectLabels, restoreLabels } from './labels';
import type { Manifest } from './manifest';
import { PORT } from './names';
import { PATHS } from './paths';
import { commonPodSpec } from './pod-template';
import { containerSecurity } from './security';
import type { Plan, RestorePlan } from '../plan/plan';

/**
 * Never runs by itself: Jobs are made from it by hand. One that failed is not tried again, because somebody should read why.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-suspension
 */
export function restoreCronJob(plan: Plan, restore: RestorePlan): Manifest {
  const labels = { ...descriptiveLabels(plan), ...restoreLabels(plan, restore.backupId) };
  const spec: CronJobSpec = {
    // a CronJob must have one
    schedule: '0 0 1 1 *',
    suspend: true,
    concurrencyPolicy: 'Forbid',
    jobTemplate: {
      metadata: { labels },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: filled({ labels, annotations: plan.platform.podAnnotations }),
          spec: {
            ...commonPodSpec(plan),
            restartPolicy: 'Never',
            affinity: sameNodeAsOtherJobs(plan, restore.backupId),
            containers: [restoreContainer(plan, restore)],
            volumes: jobVolumes(plan, restore.claimName, 'restore-password'),
          },
        },
      },
    },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: restore.name, labels: objectLabels(plan), annotations: plan.annotations },
    body: { spec },
  };
}

/** What is read is never written to. */
function restoreContainer(plan: Plan, restore: RestorePlan): Container {
  return {
    name: 'restore',
    image: plan.image.reference,
    imagePullPolicy: plan.platform.imagePullPolicy,
    command: ['bash', `${PATHS.scripts}/restore.sh`],
    env: variables({
      PGHOST: plan.name,
      PGPORT: `${PORT}`,
      PGUSER: 'restore',
      PGSTS_NAME: plan.name,
      PGSTS_BACKUP_DIRECTORY: PATHS.backup,
      PGSTS_RESTORE: 'latest',
      PGSTS_RESTORE_ACTION: 'restore',
      PGSTS_RESTORE_DATABASE: '',
      PGSTS_RESTORE_AS: '',
      PGSTS_RESTORE_JOBS: `${restore.parallelJobs}`,
    }),
    resources: resourceRequirements(restore.resources),
    securityContext: containerSecurity(),
    volumeMounts: [{ name: 'backup', mountPath: PATHS.backup, readOnly: true }, ...jobMounts(plan)],
  };
}
