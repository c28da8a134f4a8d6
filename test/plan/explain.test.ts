import { Size } from 'cdk8s';
import { Storage } from '../../src';
import { program } from '../support/find';
import { allProps } from '../support/props';

test('explains who decided what', () => {
  const text = program({ parameters: { work_mem: '8MB' } }).db.explain();
  expect(text).toMatch(/^orders-db: PostgreSQL 18\.6, image postgres:18\.6-trixie as 999:999$/m);
  expect(text).toMatch(/^ {2}work_mem +=\s8MB {2}\(user, reload\)$/m);
  expect(text).toMatch(/^ {2}shared_buffers += 256MB {2}\(default, restart\)$/m);
  expect(text).toMatch(/^ {2}listen_addresses += \* {2}\(required, restart\)$/m);
});

test('tells volumes and backups', () => {
  const text = program(allProps).db.explain();
  expect(text).toContain('storage: 50Gi fast; write-ahead log: 8Gi fast');
  expect(text).toContain('backup nightly: "15 2 * * *" in Europe/Paris into the claim ledger-nightly');
});

test.each([
  ['none, lost with the pod', Storage.ephemeral()],
  ['10Gi of the default class', Storage.persistent(Size.gibibytes(10))],
])('storage: %s', (expected, storage) => {
  expect(program({ storage }).db.explain()).toContain(`storage: ${expected}`);
});

test('holds no password', () => {
  expect(program(allProps).db.explain()).not.toMatch(/\b(one|two|three)\b/);
});
