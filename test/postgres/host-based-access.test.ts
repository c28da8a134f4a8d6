import { hostBasedAccess, userNameMap } from '../../src/postgres/host-based-access';

const rules = hostBasedAccess().split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.trim().split(/\s+/));

test('trusts nobody', () => {
  expect(rules.map((rule) => rule[0] === 'local' ? rule[3] : rule[4])).toEqual(['peer', 'scram-sha-256', 'scram-sha-256', 'reject', 'scram-sha-256']);
});

test('the superuser has a password on the loopback only', () => {
  const ofSuperuser = rules.findIndex(([, , user, , method]) => user === 'postgres' && method === 'reject');
  const ofNetwork = rules.findIndex(([type, , user, address]) => type === 'host' && user === 'all' && address === 'all');
  expect(rules.slice(0, ofSuperuser).filter(([type]) => type === 'host').map(([, , , address]) => address)).toEqual(['127.0.0.1/32', '::1/128']);
  expect(ofNetwork).toBeGreaterThan(ofSuperuser);
});

test('the user of the container may be each declared role, whatever its name', () => {
  expect(userNameMap('postgres', ['postgres', 'or"ders', 'all']).split('\n').slice(1, 4)).toEqual([
    'pod    postgres     "postgres"', 'pod    postgres     "or""ders"', 'pod    postgres     "all"',
  ]);
});
