from cdk8s import App, Chart, Cron, Size
from cdk8s_postgres import Backup, PostgresStatefulSet, PostgresVersion, Storage

app = App()
chart = Chart(app, 'shop', namespace='shop')
PostgresStatefulSet(
    chart, 'orders-db',
    version=PostgresVersion.V18,
    storage=Storage.persistent(Size.gibibytes(20)),
    database='orders',
    backups=[Backup.logical(schedule=Cron.daily())],
)
app.synth()
