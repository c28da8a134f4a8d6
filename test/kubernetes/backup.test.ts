import { Cron } from 'cdk8s';
import { Backup, BackupTarget } from '../../src';
import { find, Json, synthesize } from '../support/find';
import { allProps, SomeProps } from '../support/props';

const daily: SomeProps = { backups: [Backup.logical({ schedule: Cron.daily() })] };
const cronJob = (props: SomeProps = daily): Json => find(synthesize(props).filter(({ metadata }) => !metadata.name.endsWith('-restore')), 'CronJob');
const pod = (props?: SomeProps): Json => cronJob(props).spec.jobTemplate.spec.template;

test('without backups there is no CronJob and no claim', () => {
  expect(synthesize().filter(({ kind }) => ['CronJob', 'PersistentVolumeClaim'].includes(kind))).toEqual([]);
});

test('runs on schedule, one at a time', () => {
  expect(cronJob()).toMatchObject({
    metadata: { name: 'orders-db-backup' },
    spec: {
      schedule: '0 0 * * *',
      timeZone: 'Etc/UTC',
      suspend: false,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      jobTemplate: { spec: { activeDeadlineSeconds: 21600, backoffLimit: 1, template: { spec: { restartPolicy: 'Never' } } } },
    },
  });
});

test('every option of the full program arrives', () => {
  expect(cronJob(allProps).spec).toMatchObject({
    schedule: '15 2 * * *', timeZone: 'Europe/Paris', suspend: true, startingDeadlineSeconds: 1800, jobTemplate: { spec: { activeDeadlineSeconds: 7200 } },
  });
  expect(pod(allProps).spec.containers[0].resources).toEqual({ requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '1', memory: '768Mi' } });
});

test('uses the image of the server', () => {
  expect(pod().spec.containers[0].image).toBe('postgres:18.6-trixie');
});

test('its environment names the Service, not a pod', () => {
  expect(Object.fromEntries(pod(allProps).spec.containers[0].env.map(({ name, value }: Json) => [name, value]))).toEqual({
    PGHOST: 'ledger',
    PGPORT: '5432',
    PGUSER: 'backup',
    PGSTS_NAME: 'ledger',
    PGSTS_BACKUP_DIRECTORY: '/backup',
    PGSTS_BACKUP_JOBS: '4',
    PGSTS_KEEP_LAST: '2',
    PGSTS_KEEP_DAILY: '10',
    PGSTS_KEEP_WEEKLY: '6',
    PGSTS_KEEP_MONTHLY: '12',
    PGSTS_KEEP_MINIMUM: '5',
  });
});

test('sees the password of its own role and no other', () => {
  const { secret } = pod().spec.volumes.find(({ name }: Json) => name === 'credentials');
  expect(secret.items).toEqual([{ key: 'backup-password', path: 'backup-password' }]);
});

test('its pods are never taken for the server\'s', () => {
  const { matchLabels } = find(synthesize(daily), 'StatefulSet').spec.selector;
  const { labels } = pod().metadata;
  expect(Object.entries(matchLabels).every(([key, value]) => labels[key] === value)).toBe(false);
});

test('lands beside other Jobs of the same claim where it can', () => {
  const [preferred] = pod().spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  expect(preferred.podAffinityTerm.topologyKey).toBe('kubernetes.io/hostname');
  expect(pod().metadata.labels).toMatchObject(preferred.podAffinityTerm.labelSelector.matchLabels);
});

test('the claim outlives the objects of the program', () => {
  const claim = find(synthesize(allProps), 'PersistentVolumeClaim');
  expect(claim).toMatchObject({
    metadata: { name: 'ledger-nightly', annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: { accessModes: ['ReadWriteMany'], storageClassName: 'slow', resources: { requests: { storage: '100Gi' } } },
  });
});

test('a claim of the user is mounted and not composed', () => {
  const props = { backups: [Backup.logical({ schedule: Cron.daily(), target: BackupTarget.existingClaim('mine') })] };
  expect(synthesize(props).some(({ kind }) => kind === 'PersistentVolumeClaim')).toBe(false);
  expect(pod(props).spec.volumes[0]).toEqual({ name: 'backup', persistentVolumeClaim: { claimName: 'mine' } });
});

test('two backups are two CronJobs, and two to restore from their claims, with one ConfigMap of scripts', () => {
  const manifests = synthesize({ backups: ['one', 'two'].map((id) => Backup.logical({ id, schedule: Cron.daily() })) });
  expect(manifests.filter(({ kind }) => kind === 'CronJob').map(({ metadata }) => metadata.name)).toEqual(['orders-db-one', 'orders-db-two', 'orders-db-restore', 'orders-db-restore2']);
  expect(manifests.filter(({ metadata }) => metadata.name.startsWith('orders-db-jobs-'))).toHaveLength(1);
});
