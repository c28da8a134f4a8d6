import { Duration } from 'cdk8s';
import { find, Json, synthesize } from './find';
import { customViolations } from './schema/custom-resources';
import { Credentials, ExternalSecretStore } from '../../src';

const credentials = Credentials.externalSecret({
  store: ExternalSecretStore.fromSecretStoreName('vault'),
  password: { key: 'shop/orders-db', property: 'password', version: '1' },
  refreshInterval: Duration.minutes(5),
});
const externalSecret = (): Json => find(synthesize({ credentials }, undefined, 'shop'), 'ExternalSecret');

test('an ExternalSecret of the library fits what the External Secrets Operator defines', () => {
  expect(customViolations(externalSecret())).toEqual([]);
});

test.each<[string, (manifest: Json) => void]>([
  ['another version', (m) => { m.apiVersion = 'external-secrets.io/v1alpha1'; }],
  ['an owner that does not exist', (m) => { m.spec.target.creationPolicy = 'Everybody'; }],
  ['a policy of deletion that does not exist', (m) => { m.spec.target.deletionPolicy = 'Maybe'; }],
  ['an engine that does not exist', (m) => { m.spec.target.template.engineVersion = 'v3'; }],
  ['a kind of store that does not exist', (m) => { m.spec.secretStoreRef.kind = 'Store'; }],
  ['a value without a key in the Secret', (m) => { delete m.spec.data[0].secretKey; }],
  ['a value without a key in the store', (m) => { delete m.spec.data[0].remoteRef.key; }],
  ['an interval that is a number', (m) => { m.spec.refreshInterval = 3600; }],
  ['a template that is a number', (m) => { m.spec.target.template.data.port = 5432; }],
  ['an unknown field', (m) => { m.spec.colour = 'blue'; }],
  ['an unknown field deep down', (m) => { m.spec.target.template.engine = 'v2'; }],
  ['an unknown field of an element', (m) => { m.spec.data[0].remoteRef.field = 'password'; }],
])('an ExternalSecret with %s is refused', (_, spoil) => {
  const manifest = structuredClone(externalSecret());
  spoil(manifest);
  expect(customViolations(manifest)).not.toEqual([]);
});
