import { ApiObject, App, Chart, Size } from 'cdk8s';
import { Cpu, PostgresStatefulSet, PostgresVersion, Replication, Spread, Storage, TargetSession } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'catalog', { namespace: 'catalog' });

const db = new PostgresStatefulSet(chart, 'catalog-db', {
  version: PostgresVersion.V18,
  database: 'catalog',
  // The primary and two replicas, which make their copies by themselves. Another number restarts nothing.
  instances: 3,
  // A replica that is further behind gives up its place in the Service for reading until it has caught up.
  replication: Replication.asynchronous({ maximumLag: Size.mebibytes(32) }),
  // Apart where there is room for it. `Spread.required(...)` lets a pod wait where its place would get two more than another has.
  scheduling: { spread: Spread.preferred('kubernetes.io/hostname', 'topology.kubernetes.io/zone') },
  storage: Storage.persistent(Size.gibibytes(20)),
  resources: { cpu: Cpu.millis(100), memory: Size.mebibytes(512) },
});

// What clients are told: no password is in it.
new ApiObject(chart, 'addresses', {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'catalog-addresses' },
  data: {
    'write': db.primaryEndpoint.uri,
    'read': db.readEndpoint.uri,
    'read-from-a-replica': db.multiHostEndpoint.uri(TargetSession.PREFER_STANDBY),
    'jdbc-write': db.multiHostEndpoint.jdbcUrl(TargetSession.PRIMARY),
  },
});

app.synth();
