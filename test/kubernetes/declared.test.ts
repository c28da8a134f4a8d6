import { App, Chart } from 'cdk8s';
import { HbaRule, InitSql, PostgresStatefulSet, PostgresVersion, Privilege, RolePassword } from '../../src';
import { Declared, declare } from '../support/declared';
import { find, Json, program } from '../support/find';
import type { SomeProps } from '../support/props';

function synthesize(declared: Declared, props: SomeProps = {}): Json[] {
  const { db, synth } = program(props, 'orders-db', 'shop');
  declare(db, declared);
  return synth();
}

const roles = {
  clerk: { password: RolePassword.fromSecretName('clerk', 'pw'), privileges: [Privilege.readOnly({ database: 'archive' })] },
  auditor: { memberOf: ['clerk'] },
};
const databases = { zoo: {}, archive: { schemas: ['old'], extensions: ['citext'] } };

test('the order of declarations changes nothing', () => {
  const reversed = <T>(map: Record<string, T>): Record<string, T> => Object.fromEntries(Object.entries(map).reverse());
  expect(synthesize({ roles: reversed(roles), databases: reversed(databases) })).toEqual(synthesize({ roles, databases }));
});

test('what is declared after a first look at the database is in the manifests', () => {
  const { db, synth } = program();
  expect(db.findings).toEqual([]);
  db.addRole('late', { memberOf: ['nobody'] });
  expect(db.findings.map(({ code }) => code)).toEqual(['PG2404']);
  db.addRole('nobody');
  expect(db.findings).toEqual([]);
  expect(find(synth(), 'ConfigMap', 'orders-db-databases').data['roles.sql']).toContain('CREATE ROLE "late" LOGIN');
});

test('a program that declares nothing has no further file, volume or object', () => {
  const manifests = synthesize({});
  expect(Object.keys(find(manifests, 'ConfigMap', 'orders-db-databases').data).sort()).toEqual(['databases.sql', 'passwords', 'roles.sql']);
  expect(JSON.stringify(manifests.filter(({ metadata }) => !metadata.name.includes('scripts')))).not.toMatch(/role-passwords|init-sql|preload/);
});

test('a role or database without a password of its own leaves the pod template alone', () => {
  const template = (declared: Declared): Json => find(synthesize(declared), 'StatefulSet').spec.template;
  expect(template({ databases, roles: { auditor: {}, other: { privileges: [Privilege.create()] } } })).toEqual(template({ databases: {} }));
});

test('the Secret of a password and the SQL of the first start never block a pod', () => {
  const props = { initSql: [InitSql.fromText('SELECT 1'), InitSql.fromSecret('seeds', 'a'), InitSql.fromConfigMap('seeds', 'b')] };
  const manifests = synthesize({ roles, databases }, props);
  const { volumes, containers: [{ volumeMounts }] } = find(manifests, 'StatefulSet').spec.template.spec;
  const sources = (name: string): Json => volumes.find((volume: Json) => volume.name === name).projected.sources;
  expect(sources('role-passwords')).toEqual([{ secret: { name: 'clerk', optional: true, items: [{ key: 'pw', path: 'clerk/pw' }] } }]);
  expect(sources('init-sql')).toEqual([
    { secret: { name: 'seeds', optional: true, items: [{ key: 'a', path: 'init-2.sql' }] } },
    { configMap: { name: 'seeds', optional: true, items: [{ key: 'b', path: 'init-3.sql' }] } },
  ]);
  expect(volumeMounts.filter(({ name }: Json) => ['role-passwords', 'init-sql'].includes(name)).map(({ mountPath, readOnly }: Json) => [mountPath, readOnly]))
    .toEqual([['/etc/cdk8s-postgres/role-passwords', true], ['/etc/cdk8s-postgres/init-sql', true]]);
  const { data } = find(manifests, 'ConfigMap', 'orders-db-databases');
  expect(data['init-1.sql']).toBe('SELECT 1');
  expect(data.passwords).toContain('clerk\tclerk/pw\n');
  expect(data.contents).toBe('contents-1.sql\tarchive\n');
});

describe('the Secret of a role', () => {
  const secret = (declared: Declared, name = 'orders-db-clerk'): Json => find(synthesize(declared), 'Secret', name);

  test('has no password where that is in somebody else\'s Secret', () => {
    expect(secret({ roles: { clerk: { bindingSecret: {}, password: RolePassword.fromSecretName('clerk') } } })).toMatchObject({
      type: 'servicebinding.io/postgresql',
      stringData: {
        'type': 'postgresql',
        'provider': 'cdk8s-postgres',
        'host': 'orders-db.shop.svc',
        'port': '5432',
        'database': 'app',
        'username': 'clerk',
        'uri': 'postgresql://clerk@orders-db.shop.svc:5432/app',
        'jdbc-url': 'jdbc:postgresql://orders-db.shop.svc:5432/app',
      },
    });
  });

  test('has every form where the password is in the program, whatever characters it has', () => {
    const { stringData } = secret({ databases, roles: { clerk: { bindingSecret: { database: 'zoo' }, password: RolePassword.unsafePlainText('a:b\\c@/%') } } });
    expect(stringData.password).toBe('a:b\\c@/%');
    expect(stringData.uri).toBe('postgresql://clerk:a%3Ab%5Cc%40%2F%25@orders-db.shop.svc:5432/zoo');
    expect(stringData['jdbc-url']).toBe('jdbc:postgresql://orders-db.shop.svc:5432/zoo?user=clerk&password=a%3Ab%5Cc%40%2F%25');
    expect(stringData.pgpass).toBe('orders-db.shop.svc:5432:zoo:clerk:a\\:b\\\\c@/%\n');
  });

  test('is where the server takes a password of the program from', () => {
    const manifests = synthesize({ roles: { clerk: { password: RolePassword.unsafePlainText('x') } } });
    expect(find(manifests, 'ConfigMap', 'orders-db-databases').data.passwords).toContain('clerk\torders-db-clerk/password\n');
  });

  test('is made once, and can be patched', () => {
    const { db } = program();
    declare(db, { roles: { clerk: { bindingSecret: {} } } });
    db.addRole('clerk', { bindingSecret: {} });
    expect(db.node.tryFindChild('binding-clerk')).toBeDefined();
    expect(db.findings.map(({ code }) => code)).toContain('PG2402');
  });

  test('has a child of its own for every name of a role, also for one that no construct could have', () => {
    const { db } = program();
    const names = ['a/b', 'a--b', 'żółć', '\ud800'];
    for (const name of names) db.addRole(name, { bindingSecret: {} });
    expect(['binding-a%2Fb', 'binding-a--b', 'binding-%C5%BC%C3%B3%C5%82%C4%87', 'binding-%3F'].filter((id) => !db.node.tryFindChild(id))).toEqual([]);
  });

  test('of two databases that would overwrite each other is told, whenever the role is declared', () => {
    const chart = new Chart(new App(), 'shop', { namespace: 'shop' });
    const [orders, archive] = ['orders', 'orders-archive'].map((id) => new PostgresStatefulSet(chart, id, { version: PostgresVersion.V18 }));
    archive.addRole('reader', { bindingSecret: {} });
    expect([...orders.findings, ...archive.findings]).toEqual([]);
    orders.addRole('archive-reader', { bindingSecret: {} });
    expect([orders, archive].map(({ findings }) => findings.map(({ code, message }) => [code, /\((.*?)\)/.exec(message)?.[1]]))).toEqual([
      [['PG1006', 'Secret orders-archive-reader of shop/orders-archive']], [['PG1006', 'Secret orders-archive-reader of shop/orders']],
    ]);
  });
});

test('what extensions need preloaded stands beside the settings, and behind what the user preloads', () => {
  const settings = (props: SomeProps): Json => find(synthesize({}, props), 'ConfigMap', 'orders-db-settings').data;
  const own = settings({ extensions: ['pg_cron', 'citext'], parameters: { shared_preload_libraries: 'auto_explain' } });
  expect(own['postgresql.conf']).toContain("shared_preload_libraries = 'auto_explain, pg_cron'");
  expect(own['postgresql.conf']).toContain("cron.database_name = 'app'");
  expect(own.preload).toBe('auto_explain\t\npg_cron\tpg_cron\n');
  expect(settings({ extensions: ['citext'] }).preload).toBeUndefined();
  expect(settings({ extensions: ['pg_cron'], parameters: { dynamic_library_path: '/more:$libdir' } }).preload).toBeUndefined();
});

test('rules of the user are in the file that a running server takes over', () => {
  const file = find(synthesize({}, { hbaRules: [HbaRule.host({ membersOf: ['staff'], addresses: ['10.0.0.0/8'] })] }), 'ConfigMap', 'orders-db-access').data['pg_hba.conf'];
  expect(file).toMatch(/\nhost +all +\+"staff" +10\.0\.0\.0\/8 +scram-sha-256\n/);
});
