import { App, Chart, Size } from 'cdk8s';
import { Capability, ContainerProps, Cpu, Deployment, ImagePullPolicy, SeccompProfileType } from 'cdk8s-plus-28';
import { ConnectionForm, DatabaseClient, PostgresStatefulSet, PostgresVersion } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'ledger', { namespace: 'ledger' });

const db = new PostgresStatefulSet(chart, 'ledger-db', { version: PostgresVersion.V18, database: 'ledger' });

/** An application that asks for the time; in place of a real one. */
function clock(connect: string): ContainerProps {
  return {
    name: 'clock',
    image: 'postgres:18.6-trixie',
    imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
    command: ['bash', '-c', `trap exit TERM INT; while ${connect} -Atc 'SELECT current_user, now()'; sleep 10 & wait $!; do :; done`],
    resources: { cpu: { request: Cpu.millis(20) }, memory: { request: Size.mebibytes(32), limit: Size.mebibytes(128) } },
    // What a namespace that enforces the restricted standard asks for.
    securityContext: {
      user: 999, group: 999, capabilities: { drop: [Capability.ALL] }, seccompProfile: { type: SeccompProfileType.RUNTIME_DEFAULT },
    },
  };
}

// One call: the variables of libpq, the password by reference to the Secret, and a NetworkPolicy on both sides.
db.connections.connect(new Deployment(chart, 'by-variables', { replicas: 1, containers: [clock('psql')] }));

// The same with files, which follow a changed password.
const folder = '"$SERVICE_BINDING_ROOT/ledger-db"';
db.connections.connect(
  new Deployment(chart, 'by-files', { replicas: 1, containers: [clock(`PGPASSWORD=$(cat ${folder}/password) psql -d "$(cat ${folder}/uri)"`)] }),
  { form: ConnectionForm.FILES },
);

// Pods that another tool makes are named by their labels.
db.connections.allowFrom(DatabaseClient.pods({ 'app.kubernetes.io/name': 'metabase' }, { namespaceName: 'analytics' }));

app.synth();
