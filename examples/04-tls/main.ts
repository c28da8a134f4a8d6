import { App, Chart, Cron } from 'cdk8s';
import { Backup, PostgresStatefulSet, PostgresVersion, Tls, TlsVersion } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'payments', { namespace: 'payments' });

new PostgresStatefulSet(chart, 'payments-db', {
  version: PostgresVersion.V17,
  database: 'payments',
  // With cert-manager in the cluster: Tls.certManager(CertificateIssuer.fromIssuerName('payments-issuer'))
  tls: Tls.fromSecretName('payments-db-certificate', { minimumVersion: TlsVersion.V1_3 }),
  // Checks the server's certificate too, with the authority in the Secret.
  backups: [Backup.logical({ schedule: Cron.daily() })],
});

app.synth();
