import { ApiObject, Cron, JsonPatch } from 'cdk8s';
import { Backup } from '../src';
import { find, program } from './support/find';

const backups = [Backup.logical({ schedule: Cron.daily() })];

describe('JSON patches keep what they write', () => {
  test('a quantity of the StatefulSet stays a text', () => {
    const { db, synth } = program();
    ApiObject.of(db).addJsonPatch(
      JsonPatch.replace('/spec/volumeClaimTemplates/0/spec/resources/requests/storage', '30Gi'),
      JsonPatch.replace('/spec/template/spec/containers/0/resources/limits/memory', '1536Mi'),
    );
    const { spec } = find(synth(), 'StatefulSet');
    expect(spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('30Gi');
    expect(spec.template.spec.containers[0].resources).toEqual({ requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '1536Mi' } });
  });

  test('a quantity that nobody patched stays when something else is', () => {
    const { db, synth } = program();
    ApiObject.of(db).addJsonPatch(JsonPatch.replace('/spec/replicas', 0));
    expect(find(synth(), 'StatefulSet').spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('10Gi');
  });

  test('a port that is named by text stays', () => {
    const { db, synth } = program();
    ApiObject.of(db.node.findChild('service')).addJsonPatch(JsonPatch.add('/spec/ports/-', { name: 'pooler', port: 6432, targetPort: 'pooler' }));
    expect(find(synth(), 'Service', 'orders-db').spec.ports.map(({ targetPort }: { targetPort: unknown }) => targetPort)).toEqual(['postgresql', 'pooler']);
  });

  test('a field that is younger than Kubernetes 1.28 stays', () => {
    const { db, synth } = program();
    ApiObject.of(db).addJsonPatch(JsonPatch.add('/spec/template/spec/resources', { limits: { memory: '2Gi' } }));
    expect(find(synth(), 'StatefulSet').spec.template.spec.resources).toEqual({ limits: { memory: '2Gi' } });
  });

  test('the CronJob and its quantities', () => {
    const { db, synth } = program({ backups });
    ApiObject.of(db.node.findChild('backup-backup')).addJsonPatch(JsonPatch.replace('/spec/successfulJobsHistoryLimit', 1));
    const { spec } = find(synth(), 'CronJob', 'orders-db-backup');
    expect(spec.successfulJobsHistoryLimit).toBe(1);
    expect(spec.jobTemplate.spec.template.spec.containers[0].resources.limits.memory).toBe('256Mi');
  });

  test('metadata', () => {
    const { db, synth } = program();
    ApiObject.of(db).metadata.addAnnotation('example.com/note', 'x');
    expect(find(synth(), 'StatefulSet').metadata.annotations['example.com/note']).toBe('x');
  });
});
