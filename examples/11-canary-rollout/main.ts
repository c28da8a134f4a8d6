import { App, Chart, Size } from 'cdk8s';
import { Cpu, PostgresStatefulSet, PostgresVersion, Rollout, Storage } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'stock', { namespace: 'stock' });

new PostgresStatefulSet(chart, 'stock-db', {
  version: PostgresVersion.V18,
  database: 'stock',
  instances: 3,
  storage: Storage.persistent(Size.gibibytes(10)),
  resources: { cpu: Cpu.millis(100), memory: Size.mebibytes(512) },
  // The change that is tried: it needs a restart.
  parameters: { shared_buffers: '160MB' },
  // Only the highest ordinal, which is a replica unless `primaryOrdinal` says otherwise. Then `canary(2)`, which are all replicas; then remove the line.
  rollout: Rollout.canary(1),
});

app.synth();
