import { App, Chart, Cron, Duration, Size } from 'cdk8s';
import { Backup, BackupTarget, Credentials, PostgresStatefulSet, PostgresVersion, Rollout, Storage } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'billing', { namespace: 'billing' });

new PostgresStatefulSet(chart, 'billing-db', {
  version: PostgresVersion.V17,
  database: 'billing',
  owner: 'billing_owner',
  storage: Storage.persistent(Size.gibibytes(10)),
  // Composes the Secret. The variables are read where the program is synthesized.
  credentials: Credentials.unsafeFromEnvironment({
    password: 'BILLING_DB_PASSWORD',
    superuserPassword: 'BILLING_DB_SUPERUSER_PASSWORD',
    backupPassword: 'BILLING_DB_BACKUP_PASSWORD',
  }),
  // No pod gets a new template until this line is removed.
  rollout: Rollout.paused(),
  backups: [Backup.logical({
    id: 'nightly',
    schedule: Cron.schedule({ minute: '15', hour: '2' }),
    timeZone: 'Europe/Paris',
    target: BackupTarget.volume(Size.gibibytes(30)),
    retention: { keepLast: 2, daily: 14, weekly: 8, monthly: 12 },
    deadline: Duration.hours(2),
  })],
});

app.synth();
