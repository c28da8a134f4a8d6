import { ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Endpoint } from './endpoint';
import { Finding } from './finding';
import type { Manifest } from './kubernetes/manifest';
import { headlessServiceName, podName, PORT, serviceHost } from './kubernetes/names';
import { explainPlan } from './plan/explain';
import { emitWarnings, errorLines, findProblems } from './plan/findings';
import { register } from './plan/namesakes';
import { perPlan } from './plan/per-plan';
import type { Plan } from './plan/plan';
import { resolvePlan } from './plan/resolve';
import type { Surroundings } from './plan/rule';
import { CredentialsReference, IPostgres, PostgresAttributes } from './postgres';
import { ImportedPostgres } from './postgres-import';
import { PostgresStatefulSetProps } from './postgres-stateful-set-props';

/** Recognises our construct where several copies of the library are loaded and `instanceof` fails. */
const SYMBOL = Symbol.for('cdk8s-postgres.PostgresStatefulSet');

/** The builders are loaded with the first database, so that importing the library costs little. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const builders = (): typeof import('./kubernetes') => require('./kubernetes');

/**
 * PostgreSQL as a StatefulSet, without an operator.
 *
 * Children: `Resource` (StatefulSet), `service`, `headless-service`, `service-account`, `credentials`, `scripts`, `settings`, `reload`,
 * `access`, `topology`, `databases`, with backups `jobs`, and for each backup `backup-<id>` and `claim-<id>`. All stay patchable by `ApiObject.of(child).addJsonPatch(...)`.
 */
export class PostgresStatefulSet extends Construct implements IPostgres {
  /**
   * A database that another program makes.
   *
   * @param scope construct that the reference belongs to
   * @param id construct id
   * @param attributes what this program must know of it
   */
  public static fromAttributes(scope: Construct, id: string, attributes: PostgresAttributes): IPostgres {
    return new ImportedPostgres(scope, id, attributes);
  }

  /**
   * Whether a construct is a database that this library makes, also when several copies of the library are loaded.
   *
   * @param construct any construct
   */
  public static isPostgresStatefulSet(construct: IConstruct): boolean {
    // Untyped callers ask about anything.
    return typeof construct === 'object' && construct !== null && SYMBOL in construct;
  }

  /** Name of the StatefulSet and of the Service for reading and writing. */
  public readonly name: string;

  private readonly plan: Plan;

  private readonly surroundings: () => Surroundings;

  private judged: { readonly around: string; readonly findings: Finding[] } | undefined;

  private warned: Finding[] | undefined;

  /**
   * @param scope a chart, or a construct in a chart
   * @param id construct id, and the default of `name`
   * @param props properties
   */
  public constructor(scope: Construct, id: string, props: PostgresStatefulSetProps) {
    super(scope, id);
    Object.defineProperty(this, SYMBOL, { value: true });
    this.plan = resolvePlan({ id, namespace: Chart.of(this).namespace, props, environment: process.env });
    this.name = this.plan.name;
    this.node.addValidation({ validate: () => this.report() });

    const kubernetes = builders();
    this.addObject('service', kubernetes.primaryService);
    this.addObject('headless-service', kubernetes.headlessService);
    if (this.plan.serviceAccount.composed) this.addObject('service-account', kubernetes.serviceAccount);
    if (this.plan.credentials.composed) this.addObject('credentials', kubernetes.credentialsSecret);
    this.addObject('scripts', kubernetes.scriptsConfigMap);
    this.addObject('settings', kubernetes.settingsConfigMap);
    this.addObject('reload', kubernetes.reloadConfigMap);
    this.addObject('access', kubernetes.accessConfigMap);
    this.addObject('topology', kubernetes.topologyConfigMap);
    this.addObject('databases', kubernetes.databasesConfigMap);
    // Behind everything that its pods mount, so that the first of them finds it when objects are applied in this order.
    this.addObject('Resource', kubernetes.statefulSet);
    if (this.plan.backups.length > 0) this.addObject('jobs', kubernetes.jobScriptsConfigMap);
    for (const backup of this.plan.backups) {
      // Two backups of one id are a finding, not a clash of construct ids.
      if (this.node.tryFindChild(`backup-${backup.id}`)) continue;
      const { claim } = backup;
      if (claim.composed) this.addObject(`claim-${backup.id}`, (plan) => kubernetes.backupClaim(plan, claim));
      this.addObject(`backup-${backup.id}`, (plan) => kubernetes.backupCronJob(plan, backup));
    }
    this.surroundings = register(this, this.node.children.filter(ApiObject.isApiObject).map(({ kind, name }) => `${kind} ${name}`));
  }

  public get primaryEndpoint(): Endpoint {
    return this.endpoint(this.plan.name);
  }

  /**
   * Where one pod is reached, whether it takes writes or not.
   *
   * @param ordinal number of the pod
   */
  public instanceEndpoint(ordinal: number): Endpoint {
    if (!Number.isInteger(ordinal) || ordinal < 0) throw new RangeError(`ordinal: ${ordinal} is not the number of a pod; use a whole number from 0`);
    return this.endpoint(`${podName(this.plan, ordinal)}.${headlessServiceName(this.plan)}`);
  }

  public get credentialsSecret(): CredentialsReference {
    const { secretName, keys } = this.plan.credentials;
    return { secretName, usernameKey: keys.username, passwordKey: keys.password };
  }

  /** Everything that the author of the program should know: errors, which stop the synthesis, and warnings. */
  public get findings(): Finding[] {
    return [...this.judge()];
  }

  /** What was decided and by whom, as text for people. */
  public explain(): string {
    return explainPlan(this.plan);
  }

  /** Run at every synthesis of a chart of the program: a warning is printed once all the same. */
  private report(): string[] {
    const findings = this.judge();
    if (findings !== this.warned) emitWarnings(this.node.path, findings);
    this.warned = findings;
    return errorLines(findings);
  }

  /** Judged again only when another database came or went: cdk8s validates the whole program for every chart of it. */
  private judge(): Finding[] {
    const surroundings = this.surroundings();
    const around = [...surroundings.namesakes, ...surroundings.clashes].join('\n');
    if (this.judged?.around !== around) this.judged = { around, findings: findProblems(this.plan, surroundings) };
    return this.judged.findings;
  }

  private endpoint(service: string): Endpoint {
    return new Endpoint(serviceHost(service, this.plan.namespaces), PORT, this.plan.database, this.plan.owner);
  }

  /** The name is fixed here; the content is produced when the chart is synthesized. */
  private addObject(id: string, build: (plan: Plan) => Manifest): void {
    const manifest = perPlan(build);
    const { apiVersion, kind, metadata, body } = manifest(this.plan);
    const late = Object.keys(body).map((key) => [key, Lazy.any({ produce: () => manifest(this.plan).body[key] })]);
    new ApiObject(this, id, { apiVersion, kind, metadata, ...Object.fromEntries(late) });
  }
}
