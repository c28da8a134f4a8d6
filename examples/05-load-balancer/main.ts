import { App, Chart } from 'cdk8s';
import { DatabaseClient, Exposure, NetworkAccess, PostgresStatefulSet, PostgresVersion, Tls } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'warehouse', { namespace: 'warehouse' });

const db = new PostgresStatefulSet(chart, 'warehouse-db', {
  version: PostgresVersion.V17,
  database: 'warehouse',
  // Without TLS or without source ranges the program is not synthesized.
  tls: Tls.fromSecretName('warehouse-db-tls', { additionalNames: ['warehouse-db.example.com'] }),
  exposure: Exposure.loadBalancer({
    sourceRanges: ['198.51.100.0/24', '203.0.113.16/28'],
    annotations: { 'external-dns.alpha.kubernetes.io/hostname': 'warehouse-db.example.com' },
  }),
  // In the cluster, only what is declared gets in.
  networkAccess: NetworkAccess.declared(),
});

db.connections.allowFrom(DatabaseClient.pods({ app: 'importer' }));

app.synth();
