import { App, Chart, Cron, Duration } from 'cdk8s';
import { Backup, Credentials, ExternalSecretStore, PostgresStatefulSet, PostgresVersion } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'accounts', { namespace: 'accounts' });

new PostgresStatefulSet(chart, 'accounts-db', {
  version: PostgresVersion.V18,
  database: 'accounts',
  // The SecretStore `vault` belongs to whoever runs Vault. The path and its fields are those of a KV mount.
  credentials: Credentials.externalSecret({
    store: ExternalSecretStore.fromSecretStoreName('vault'),
    password: { key: 'accounts/database', property: 'password' },
    backupPassword: { key: 'accounts/database', property: 'backup-password' },
    refreshInterval: Duration.minutes(15),
  }),
  backups: [Backup.logical({ schedule: Cron.daily() })],
});

app.synth();
