import { Cron } from 'cdk8s';
import { Backup, BackupTarget } from '../../src';
import { find, Json, synthesize } from '../support/find';
import { codesOf, SomeProps } from '../support/props';

const daily: SomeProps = { backups: [Backup.logical({ schedule: Cron.daily() })] };
const cronJob = (props: SomeProps = daily): Json => find(synthesize(props), 'CronJob', 'orders-db-restore');
const pod = (props?: SomeProps): Json => cronJob(props).spec.jobTemplate.spec.template;

test('with backups there is a CronJob that never runs by itself, and whose Job is not tried again', () => {
  expect(cronJob().spec).toMatchObject({ suspend: true, jobTemplate: { spec: { backoffLimit: 0 } } });
  expect(pod().spec.restartPolicy).toBe('Never');
  expect(synthesize().filter(({ kind }) => kind === 'CronJob')).toEqual([]);
});

test('reads the backups and never writes to them', () => {
  const [container] = pod().spec.containers;
  expect(container.volumeMounts.find(({ name }: Json) => name === 'backup')).toEqual({ name: 'backup', mountPath: '/backup', readOnly: true });
  expect(pod().spec.volumes[0]).toEqual({ name: 'backup', persistentVolumeClaim: { claimName: 'orders-db-backup' } });
});

test('sees the password of its own role and no other', () => {
  const { secret } = pod().spec.volumes.find(({ name }: Json) => name === 'credentials');
  expect(secret.items).toEqual([{ key: 'restore-password', path: 'restore-password' }]);
});

test('lands beside the Jobs that mount the same claim, and is no server', () => {
  const { labels } = pod().metadata;
  const [{ podAffinityTerm }] = pod().spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  const backup = find(synthesize(daily), 'CronJob', 'orders-db-backup').spec.jobTemplate.spec.template;
  expect(labels).toMatchObject({ 'cdk8s-postgres/component': 'restore', 'cdk8s-postgres/backup': 'backup' });
  for (const one of [labels, backup.metadata.labels]) expect(one).toMatchObject(podAffinityTerm.labelSelector.matchLabels);
  expect(backup.spec.affinity).toEqual(pod().spec.affinity);
});

test('there is one for each claim', () => {
  const target = BackupTarget.existingClaim('shared');
  const backups = ['one', 'two', 'three'].map((id) => Backup.logical({ id, schedule: Cron.daily(), ...id === 'three' ? {} : { target } }));
  const claims = synthesize({ backups }).filter(({ kind, metadata }) => kind === 'CronJob' && metadata.name.includes('restore'))
    .map(({ metadata, spec }) => [metadata.name, spec.jobTemplate.spec.template.spec.volumes[0].persistentVolumeClaim.claimName]);
  expect(claims).toEqual([['orders-db-restore', 'shared'], ['orders-db-restore2', 'orders-db-three']]);
});

test.each(['restore', 'restore2', 'restore10'])('no backup may be called %s', (id) => {
  expect(codesOf({ backups: [Backup.logical({ id, schedule: Cron.daily() })] })).toEqual(['PG1702']);
});

test('no owner may be called restore', () => {
  expect(codesOf({ owner: 'restore' })).toEqual(['PG1203']);
});
