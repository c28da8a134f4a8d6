import { App, Chart, Cron, Size } from 'cdk8s';
import { Backup, PostgresStatefulSet, PostgresVersion, Storage } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });

new PostgresStatefulSet(chart, 'orders-db', {
  version: PostgresVersion.V18,
  storage: Storage.persistent(Size.gibibytes(20)),
  database: 'orders',
  backups: [Backup.logical({ schedule: Cron.daily() })],
});

app.synth();
