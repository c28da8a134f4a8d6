import { App, Chart, Size } from 'cdk8s';
import {
  Cpu, EnvironmentValue, ExtraVolume, ImageVariant, Locale, PostgresImage, PostgresStatefulSet, PostgresVersion, Storage, Toleration,
} from 'cdk8s-postgres';

const app = new App();
const chart = new Chart(app, 'analytics', { namespace: 'analytics' });
const scripts = ExtraVolume.fromConfigMap('init-scripts', 'analytics-init');

new PostgresStatefulSet(chart, 'analytics-db', {
  version: PostgresVersion.V17,
  image: PostgresImage.official({ variant: ImageVariant.BOOKWORM }),
  database: 'analytics',
  storage: Storage.persistent(Size.gibibytes(40), { storageClass: 'standard' }),
  walStorage: Storage.persistent(Size.gibibytes(8), { storageClass: 'standard' }),
  resources: { cpu: Cpu.millis(300), memory: Size.mebibytes(1536) },
  parameters: { max_connections: '50', work_mem: '16MB', log_min_duration_statement: '500ms' },
  initdb: { locale: Locale.builtin('C.UTF-8'), walSegmentSize: Size.mebibytes(32) },
  scheduling: { nodeSelector: { 'kubernetes.io/os': 'linux' }, tolerations: [Toleration.exists('database')] },
  labels: { team: 'insight' },
  volumeMounts: [{ volume: scripts, path: '/docker-entrypoint-initdb.d' }],
  sidecars: [{
    name: 'reporter',
    image: 'postgres:17.10-bookworm',
    command: ['bash', '-c', 'trap exit TERM INT; while sleep 60 & wait $!; do pg_isready --host=127.0.0.1; done'],
    environment: { PGCONNECT_TIMEOUT: EnvironmentValue.fromText('5') },
    mountSocket: true,
  }],
});

app.synth();
