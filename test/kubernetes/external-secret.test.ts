import { Cron, Duration } from 'cdk8s';
import { Backup, Credentials, ExternalSecretOptions, ExternalSecretStore } from '../../src';
import { find, Json, podTemplate, synthesize } from '../support/find';
import { codesOf, SomeProps } from '../support/props';

const store = ExternalSecretStore.fromSecretStoreName('vault');
const of = (options: Partial<ExternalSecretOptions> = {}): SomeProps =>
  ({ credentials: Credentials.externalSecret({ store, password: { key: 'shop/orders-db', property: 'password' }, ...options }) });
const object = (props: SomeProps = of(), namespace?: string): Json => find(synthesize(props, undefined, namespace), 'ExternalSecret');

test('asks the store for what is given and for nothing else', () => {
  const { metadata, spec } = object(of({ backupPassword: { key: 'backup', version: '7' }, refreshInterval: Duration.minutes(5) }));
  expect(metadata.name).toBe('orders-db-credentials');
  expect(spec).toMatchObject({ refreshInterval: '300s', secretStoreRef: { kind: 'SecretStore', name: 'vault' } });
  expect(spec.data).toMatchObject([
    { secretKey: 'password', remoteRef: { key: 'shop/orders-db', property: 'password' } },
    { secretKey: 'backup-password', remoteRef: { key: 'backup', version: '7' } },
  ]);
});

test('a GitOps tool finds in the cluster what is written: the defaults of the operator\'s definition stand in the list', () => {
  const { spec } = object(of({ backupPassword: { key: 'backup', version: '7' } }));
  const defaults = { conversionStrategy: 'Default', decodingStrategy: 'None', metadataPolicy: 'None' };
  expect(spec.data.map(({ remoteRef }: Json) => remoteRef)).toEqual([
    { key: 'shop/orders-db', property: 'password', ...defaults }, { key: 'backup', version: '7', ...defaults },
  ]);
});

test('an interval that is a fraction of its unit is what it means', () => {
  expect(object(of({ refreshInterval: Duration.minutes(1.1) })).spec.refreshInterval).toBe('66s');
});

test('may ask a store of the whole cluster', () => {
  expect(object(of({ store: ExternalSecretStore.fromClusterSecretStoreName('aws') })).spec.secretStoreRef).toEqual({ kind: 'ClusterSecretStore', name: 'aws' });
});

test('makes the Secret that the pods mount, and no other Secret is composed', () => {
  const manifests = synthesize(of());
  const { secret } = podTemplate(manifests).spec.volumes.find(({ name }: Json) => name === 'credentials');
  expect(find(manifests, 'ExternalSecret').spec.target).toMatchObject({ name: secret.secretName, creationPolicy: 'Owner', deletionPolicy: 'Retain' });
  expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  const keys = Object.keys(find(manifests, 'ExternalSecret').spec.target.template.data);
  expect(keys.filter((key) => key.includes('password'))).toEqual(['password']);
});

/** The few functions of the operator's templates that are used, as Go and sprig define them. */
function render(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const [start, ...functions] = expression.split(' | ');
    const named = /^index \. "(.*)"$/.exec(start)?.[1] ?? /^\.(\w+)$/.exec(start)?.[1];
    const initial = named === undefined ? JSON.parse(start) as string : values[named];
    return functions.reduce((text, call) => {
      if (call === 'urlquery') return new URLSearchParams({ a: text }).toString().slice(2);
      const [, from, to] = /^replace ("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")$/.exec(call)!;
      return text.split(JSON.parse(from) as string).join(JSON.parse(to) as string);
    }, initial);
  });
}

test.each(['simple', 'with blank', 'a+b%20c', 'co:lon\\back', '"quoted" \'too\'', '@/?#&=', 'żółć 日本語', '{{ .x }}'])('the connection strings carry the password %j', (password) => {
  const { data } = object({ ...of(), database: 'or ders', owner: 'cl:erk' }, 'shop').spec.target.template;
  const secret = Object.fromEntries(Object.entries<string>(data).map(([key, template]) => [key, render(template, { password })]));
  expect(secret).toMatchObject({ type: 'postgresql', host: 'orders-db.shop.svc', port: '5432', database: 'or ders', username: 'cl:erk', password });
  const uri = new URL(secret.uri.replace('postgresql:', 'http:'));
  expect([uri.username, uri.password, uri.host, uri.pathname].map(decodeURIComponent)).toEqual(['cl:erk', password, 'orders-db.shop.svc:5432', '/or ders']);
  const query = new URL(secret['jdbc-url'].replace('jdbc:postgresql:', 'http:')).searchParams;
  expect([query.get('user'), query.get('password')]).toEqual(['cl:erk', password]);
  const fields = secret.pgpass.trimEnd().match(/(\\.|[^\\:])+/g)!.map((field) => field.replace(/\\(.)/g, '$1'));
  expect(fields).toEqual(['orders-db.shop.svc', '5432', 'or ders', 'cl:erk', password]);
});

test('a name that looks like a template is none', () => {
  const { data } = object({ ...of(), database: '{{ .password }}' }).spec.target.template;
  expect(render(data.database, { password: 'secret' })).toBe('{{ .password }}');
  expect(render(data.uri, { password: 'secret' })).toMatch(/\/%7B%7B%20.password%20%7D%7D$/);
});

test('names of stores and entries, and the interval, are checked', () => {
  expect(codesOf(of({ store: ExternalSecretStore.fromSecretStoreName('My Vault') }))).toEqual(['PG1810']);
  expect(codesOf(of({ password: { key: '' } }))).toEqual(['PG1810']);
  expect(codesOf(of({ password: { key: 'a', property: '' } }))).toEqual(['PG1810']);
  expect(codesOf(of({ refreshInterval: Duration.seconds(1) }))).toEqual(['PG1811']);
});

test('backups without a password for them are a warning', () => {
  const backups = [Backup.logical({ schedule: Cron.daily() })];
  expect(codesOf({ ...of(), backups })).toEqual(['PG1812']);
  expect(codesOf({ ...of({ backupPassword: { key: 'a' } }), backups })).toEqual([]);
});
