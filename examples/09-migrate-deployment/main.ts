import { App, Chart, Size } from 'cdk8s';
import { PostgresStatefulSet, PostgresVersion, Storage } from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'legacy', { namespace: 'legacy' });

new PostgresStatefulSet(chart, 'shop-db', {
  // The major version of the old Deployment: it changes afterwards, not on the way.
  version: PostgresVersion.V17,
  database: 'shop',
  // The size of the volume that comes over: the claim of the StatefulSet is the one that rebind.sh makes.
  storage: Storage.persistent(Size.gibibytes(10)),
});

app.synth();
