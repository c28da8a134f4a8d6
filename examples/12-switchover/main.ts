import { App, Chart, Duration, Size } from 'cdk8s';
import { Cpu, PostgresStatefulSet, PostgresVersion, Replication, Storage } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'tickets', { namespace: 'tickets' });

new PostgresStatefulSet(chart, 'tickets-db', {
  version: PostgresVersion.V18,
  database: 'tickets',
  instances: 3,
  // The pod that takes writes. Another ordinal moves the primary there, and no pod restarts.
  primaryOrdinal: 1,
  replication: Replication.asynchronous({
    // The primary steps down when that pod has replayed all but the last half second of what it wrote,
    switchoverLag: Duration.millis(500),
    // and stops at once where it has not come to an end within 30 seconds.
    switchoverDelay: Duration.seconds(30),
  }),
  storage: Storage.persistent(Size.gibibytes(10)),
  resources: { cpu: Cpu.millis(100), memory: Size.mebibytes(512) },
});

app.synth();
