import { databasesScript, passwordFiles, rolesScript } from '../../src/postgres/declared-objects';

const roles = [
  { name: 'postgres', kind: 'superuser', passwordFile: 'superuser-password' },
  { name: 'o\'r"d', kind: 'owner', passwordFile: 'password' },
  { name: 'backup', kind: 'backup', passwordFile: 'backup-password' },
] as const;
const restore = { name: 'restore', kind: 'restore', passwordFile: 'restore-password' } as const;

test('makes a role only where it is missing', () => {
  expect(rolesScript(roles)).toContain(
    'SELECT \'CREATE ROLE "o\'\'r""d" LOGIN\' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = \'o\'\'r"d\')\\gexec');
});

test('leaves the superuser, whom initdb makes, alone', () => {
  expect(rolesScript(roles)).not.toContain('"postgres"');
});

test('the role for backups reads everything and writes nothing', () => {
  const script = rolesScript(roles);
  for (const part of ['BYPASSRLS', 'GRANT pg_read_all_data', 'default_transaction_read_only = on', 'lo_compat_privileges = on']) {
    expect(script).toContain(part);
  }
});

test('nobody but the role that was made for backups gets its rights, and all of them in one transaction', () => {
  const [create, rights] = rolesScript(roles).split('\n').filter((line) => line.includes('"backup"'));
  expect(create).toContain('CREATE ROLE "backup" LOGIN; ALTER ROLE "backup" SET cdk8s_postgres.role = \'\'backup\'\'\' WHERE NOT EXISTS (');
  expect(rights).toMatch(/^SELECT 'ALTER ROLE "backup" BYPASSRLS; GRANT .*' FROM pg_catalog\.pg_roles WHERE rolname = 'backup' AND 'cdk8s_postgres\.role=backup' = ANY \(rolconfig\)\\gexec$/);
  expect(databasesScript([{ name: 'a', owner: 'c' }], roles)).toContain('cdk8s_postgres.role=backup');
});

test('without backups nobody gets these rights', () => {
  expect(rolesScript(roles.slice(0, 2))).not.toMatch(/BYPASSRLS|GRANT/);
});

test('makes a database of its owner only where it is missing', () => {
  expect(databasesScript([{ name: 'a b', owner: 'c' }], [])).toContain(
    'SELECT \'CREATE DATABASE "a b" OWNER "c"\' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = \'a b\')\\gexec');
});

test('a backslash in a name means itself, whatever standard_conforming_strings says', () => {
  expect(databasesScript([{ name: 'a\\b', owner: 'c' }], [])).toContain('SELECT E\'CREATE DATABASE "a\\\\b" OWNER "c"\'');
});

test('no password and no verifier is in the scripts', () => {
  expect(rolesScript(roles)).not.toMatch(/PASSWORD '/i);
});

test('names the file of each password', () => {
  expect(passwordFiles([...roles, restore])).toBe('postgres\tsuperuser-password\no\'r"d\tpassword\nbackup\tbackup-password\nrestore\trestore-password\n');
});

test('the role that restores is created as a superuser, and one that is there is never made one', () => {
  expect(rolesScript([...roles, restore])).toContain(
    'SELECT \'CREATE ROLE "restore" LOGIN SUPERUSER; ALTER ROLE "restore" SET cdk8s_postgres.role = \'\'restore\'\'\' WHERE NOT EXISTS (');
  expect(rolesScript([...roles, restore]).match(/ALTER ROLE "restore"/g)).toHaveLength(1);
});

test('without backups a role that restores is not made, and one of earlier backups has no key that would open it', () => {
  expect(rolesScript(roles)).not.toContain('restore');
  expect(passwordFiles(roles)).toMatch(/\nrestore\t-\n$/);
});

test('who dumps a database may connect to it, also where the public may not', () => {
  const script = databasesScript([{ name: 'a', owner: 'c' }], roles);
  expect(script).toContain('GRANT CONNECT ON DATABASE "a" TO "backup"');
  expect(script).toContain("AND NOT has_database_privilege(oid, 'a', 'CONNECT')\\gexec");
});

const replicator = { name: 'replicator', kind: 'replication', passwordFile: 'replication-password' } as const;

test('the role of replicas is made so that it may replicate, and one that somebody else made gets nothing', () => {
  const script = rolesScript([...roles, replicator]);
  expect(script).toContain('CREATE ROLE "replicator" LOGIN REPLICATION; ALTER ROLE "replicator" SET cdk8s_postgres.role = ');
  expect(script).not.toMatch(/"replicator"[^;\n]*SUPERUSER/);
  const given = script.split('\n').filter((line) => /GRANT .* TO "replicator"/.test(line));
  expect(given.length).toBeGreaterThan(5);
  expect(given.filter((line) => !line.includes("'cdk8s_postgres.role=replicator' = ANY (rolconfig)"))).toEqual([]);
});

test('the role of replicas may do what pg_rewind does, in the database that every server has', () => {
  const script = rolesScript([...roles, replicator]);
  expect(script).toContain('GRANT pg_monitor, pg_checkpoint TO "replicator"');
  expect(script.match(/GRANT EXECUTE ON FUNCTION pg_catalog\.\w+\([^)]*\) TO "replicator"/g)).toHaveLength(4);
  expect(script).toContain("has_database_privilege(oid, 'postgres', 'CONNECT')");
});
