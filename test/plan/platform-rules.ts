import { Cron } from 'cdk8s';
import { Backup, IpFamily, IpFamilyPolicy, PodSecurity, PostgresImage } from '../../src';
import type { SomeProps } from '../support/props';

const podSecurity = PodSecurity.platformAssigned();

/** Code, wrong props, what the message must say. */
export const WRONG_PLATFORMS: readonly [string, SomeProps, string[]][] = [
  ['PG2501', { podSecurity, image: PostgresImage.custom({ image: 'a:1', runAsUser: 101, runAsGroup: 102 }) }, ['image.runAsUser: 101', 'image.runAsGroup: 102']],
  ['PG2501', { podSecurity, sidecars: [{ name: 'one', image: 'a:1', runAsUser: 7 }] }, ['sidecars[0].runAsUser: 7', 'would refuse the pod']],
  ['PG2502', { ipFamilies: [IpFamily.IPV4, IpFamily.IPV4] }, ['ipFamilies: "IPv4, IPv4"', 'each family once']],
  ['PG2502', { ipFamilies: [IpFamily.IPV6, IpFamily.IPV4], ipFamilyPolicy: IpFamilyPolicy.SINGLE_STACK }, ['IPv6, IPv4']],
  ['PG2503', { syncWave: 1.5 }, ['syncWave: 1.5', 'whole number']],
  ['PG2503', { syncWave: 2 ** 53 }, ['9007199254740992']],
  ['PG2506', { syncWave: -1, backups: [Backup.logical({ schedule: Cron.daily() })] }, ['syncWave: -1', '(orders-db-backup)', '`BackupTarget.existingClaim`']],
  ['PG2504', { podAnnotations: { 'bad key': 'x' } }, ['podAnnotations: "bad key"']],
  ['PG2504', { serviceAnnotations: { 'a..b/c': 'x' } }, ['serviceAnnotations: "a..b/c"']],
];
