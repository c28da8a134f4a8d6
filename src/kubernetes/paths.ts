/** Where the container finds its files. The scripts know these paths and no others. */
export const PATHS = {
  scripts: '/opt/cdk8s-postgres',
  settings: '/etc/cdk8s-postgres/settings',
  reload: '/etc/cdk8s-postgres/reload',
  access: '/etc/cdk8s-postgres/access',
  topology: '/etc/cdk8s-postgres/topology',
  databases: '/etc/cdk8s-postgres/databases',
  credentials: '/etc/cdk8s-postgres/credentials',
  rolePasswords: '/etc/cdk8s-postgres/role-passwords',
  initSql: '/etc/cdk8s-postgres/init-sql',
  tls: '/etc/cdk8s-postgres/tls',
  volume: '/var/lib/postgresql',
  walVolume: '/var/lib/postgresql-wal',
  secondMount: '/var/lib/postgresql-volume',
  socket: '/var/run/postgresql',
  run: '/run/cdk8s-postgres',
  temporary: '/tmp',
  sharedMemory: '/dev/shm',
  backup: '/backup',
  passwd: '/etc/passwd',
} as const;

export const RELOAD_FILE = 'reload.conf';
export const STANDBY_FILE = 'standby.conf';

/** One path for every major: majors live side by side, and the volume's own lost+found is harmless. */
export function dataDirectory(major: number): string {
  return `${PATHS.volume}/${major}/docker`;
}
