import { Cron } from 'cdk8s';
import { WRONG_PLATFORMS } from './platform-rules';
import { Backup, BackupTarget, IpFamily, IpFamilyPolicy, PodSecurity, PostgresImage } from '../../src';
import { codesOf, findingsOf } from '../support/props';

test.each(WRONG_PLATFORMS)('%s for %j', (code, props, fragments) => {
  const messages = findingsOf(props).filter((finding) => finding.code === code).map(({ message }) => message).join('\n');
  for (const fragment of fragments) expect(messages).toContain(fragment);
});

test('what is right has no finding', () => {
  expect(codesOf({ podSecurity: PodSecurity.platformAssigned(), image: PostgresImage.custom({ image: 'a:1' }) })).toEqual([]);
  expect(codesOf({ ipFamilies: [IpFamily.IPV6, IpFamily.IPV4], ipFamilyPolicy: IpFamilyPolicy.REQUIRE_DUAL_STACK, syncWave: -5 })).toEqual([]);
});

test.each(['podAnnotations', 'serviceAnnotations'])('PG1007 counts the bytes of %s, with those of all objects, and tells each place once', (prop) => {
  const half = 'x'.repeat(32768);
  const messages = findingsOf({ annotations: { a: half }, [prop]: { b: half } }).map(({ code, message }) => `${code} ${message}`);
  expect(messages).toEqual([expect.stringContaining(`PG1007 ${prop}: 65538`)]);
  expect(codesOf({ annotations: { a: half }, [prop]: { b: half.slice(2) } })).toEqual([]);
  expect(findingsOf({ annotations: { a: half + half }, [prop]: { b: half } }).map((finding) => finding.prop)).toEqual(['annotations']);
});

test('a key that is wrong on all objects is told once', () => {
  expect(codesOf({ annotations: { 'bad key': 'x' } })).toEqual(['PG1005']);
});

test('a wave with backups on claims of one\'s own, or without backups, is awaited by nobody', () => {
  const target = BackupTarget.existingClaim('dumps');
  expect(codesOf({ syncWave: -1, backups: [Backup.logical({ schedule: Cron.daily(), target })] })).toEqual([]);
  expect(codesOf({ syncWave: -1 })).toEqual([]);
  expect(codesOf({ backups: [Backup.logical({ schedule: Cron.daily() })] })).toEqual([]);
});
