import { App, Chart, Size } from 'cdk8s';
import { Cpu, PostgresStatefulSet, PostgresVersion, Replication, Storage } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'bookings', { namespace: 'bookings' });

new PostgresStatefulSet(chart, 'bookings-db', {
  version: PostgresVersion.V18,
  database: 'bookings',
  // With three, one of the two replicas may be away, and nobody waits for it.
  instances: 3,
  // A transaction is confirmed once one replica, whichever is first, has it on its disk, too.
  replication: Replication.synchronous({ quorum: 1 }),
  storage: Storage.persistent(Size.gibibytes(10)),
  resources: { cpu: Cpu.millis(100), memory: Size.mebibytes(512) },
});

app.synth();
