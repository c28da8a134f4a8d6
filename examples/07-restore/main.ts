import { App, Chart, Cron, Size } from 'cdk8s';
import { Backup, BackupTarget, PostgresStatefulSet, PostgresVersion } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'archive', { namespace: 'archive' });

// Backups every night. The suspended CronJob `archive-db-restore` brings them back: nothing more is to be said.
new PostgresStatefulSet(chart, 'archive-db', {
  version: PostgresVersion.V18,
  database: 'archive',
  backups: [Backup.logical({
    schedule: Cron.daily(),
    target: BackupTarget.volume(Size.gibibytes(20)),
    parallelJobs: 4,
  })],
});

app.synth();
