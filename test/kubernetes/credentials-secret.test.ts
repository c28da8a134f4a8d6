import { Credentials } from '../../src';
import { find, synthesize } from '../support/find';

test.each([
  ['by default', {}],
  ['from a name', { credentials: Credentials.fromSecretName('mine') }],
])('no Secret is composed %s', (_, props) => {
  expect(synthesize(props).filter(({ kind }) => kind === 'Secret')).toEqual([]);
});

test('the unsafe sources compose one, with the name of the owner', () => {
  const secret = find(synthesize({ owner: 'clerk', credentials: Credentials.unsafePlainText({ password: 'p', backupPassword: 'b' }) }), 'Secret');
  expect(secret).toMatchObject({ metadata: { name: 'orders-db-credentials' }, type: 'Opaque' });
  expect(secret.stringData).toEqual({ 'username': 'clerk', 'password': 'p', 'backup-password': 'b' });
});

test('environment variables are read at synthesis', () => {
  process.env.CDK8S_POSTGRES_TEST_PASSWORD = 'from the environment';
  try {
    const secret = find(synthesize({ credentials: Credentials.unsafeFromEnvironment({ password: 'CDK8S_POSTGRES_TEST_PASSWORD' }) }), 'Secret');
    expect(secret.stringData.password).toBe('from the environment');
  } finally {
    delete process.env.CDK8S_POSTGRES_TEST_PASSWORD;
  }
});

test('a password stands in the Secret and nowhere else', () => {
  const manifests = synthesize({ credentials: Credentials.unsafePlainText({ password: 'only-here' }) });
  expect(manifests.filter((manifest) => JSON.stringify(manifest).includes('only-here')).map(({ kind }) => kind)).toEqual(['Secret']);
});
