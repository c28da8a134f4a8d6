
    import { App, Chart } from 'cdk8s';
    import { PostgresStatefulSet, PostgresVersion } from 'cdk8s-postgres';
    const app = new App();
    new PostgresStatefulSet(new Chart(app, 'shop'), 'Bad', { version: PostgresVersion.of('x') });
    app.synth();
  