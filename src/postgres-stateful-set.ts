import { ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import type { Addressed } from './addresses';
import type { ConnectionSide } from './connection-side';
import { PostgresConnections } from './connections';
import { DatabaseOptions } from './database';
import { Endpoint } from './endpoint';
import { Finding } from './finding';
import type { Manifest } from './kubernetes/manifest';
import { addressing, builders, connecting, explaining, importing, planning } from './late';
import { MultiHostEndpoint } from './multi-host-endpoint';
import type { Additions } from './plan/additions';
import type { Registration } from './plan/namesakes';
import { perPlan } from './plan/per-plan';
import type { Plan } from './plan/plan';
import type { Request } from './plan/resolve';
import { textOf } from './plan/texts';
import { CredentialsReference, IPostgres, PostgresAttributes } from './postgres';
import { uriPart } from './postgres/connection-strings';
import { PostgresStatefulSetProps } from './postgres-stateful-set-props';
import { RoleOptions } from './role';

/** Recognises our construct where several copies of the library are loaded and `instanceof` fails. */
const SYMBOL = Symbol.for('cdk8s-postgres.PostgresStatefulSet');

/**
 * PostgreSQL as a StatefulSet, without an operator.
 *
 * Children: `Resource` (StatefulSet), `service`, `read-service`, `headless-service`, `service-account`, `credentials`, `certificate`, `scripts`, `settings`, `reload`,
 * `access`, `topology`, `databases`, `network-policy`, `external-service`, with more than one instance `pod-disruption-budget`, with backups `jobs-network-policy`, `jobs`, for each backup `backup-<id>` and `claim-<id>`,
 * for each claim of them `restore-<id>`, and for a role with a Secret of its own `binding-<role>`, encoded as in a URI. All stay patchable by `ApiObject.of(child).addJsonPatch(...)`.
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
    const { ImportedPostgres } = importing();
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

  public readonly connections: PostgresConnections;

  private readonly request: Request;

  private planned: Plan | undefined;

  private readonly registration: Registration;

  private judged: { readonly plan: Plan; readonly around: string; readonly findings: Finding[] } | undefined;

  private warned: Finding[] | undefined;

  /**
   * @param scope a chart, or a construct in a chart
   * @param id construct id, and the default of `name`
   * @param props properties
   */
  public constructor(scope: Construct, id: string, props: PostgresStatefulSetProps) {
    super(scope, id);
    Object.defineProperty(this, SYMBOL, { value: true });
    const { noAdditions, register, secretsOfOperators } = planning();
    this.request = { id, namespace: Chart.of(this).namespace, props, additions: noAdditions(), variable: variablesOfProgram() };
    const plan = this.plan();
    this.name = plan.name;
    this.node.addValidation({ validate: () => this.report() });
    this.connections = PostgresConnections._of(this.connectionSide());

    const kubernetes = builders();
    this.addObject('service', kubernetes.primaryService);
    this.addObject('read-service', kubernetes.readService);
    this.addObject('headless-service', kubernetes.headlessService);
    if (plan.serviceAccount.composed) this.addObject('service-account', kubernetes.serviceAccount);
    if (plan.credentials.composed) this.addObject('credentials', kubernetes.credentialsSecret);
    for (const external of plan.credentials.external) this.addObject('credentials', (now) => kubernetes.externalSecret(now, external));
    plan.tls.forEach((tls) => tls.certificates.forEach((one) => this.addObject('certificate', (now) => kubernetes.tlsCertificate(now, tls, one))));
    this.addObject('scripts', kubernetes.scriptsConfigMap);
    this.addObject('settings', kubernetes.settingsConfigMap, 'late name');
    this.addObject('reload', kubernetes.reloadConfigMap);
    this.addObject('access', kubernetes.accessConfigMap);
    this.addObject('topology', kubernetes.topologyConfigMap);
    this.addObject('databases', kubernetes.databasesConfigMap);
    this.addNetwork(plan);
    // One that covers a single pod would keep its node from being drained.
    if (plan.instances > 1) this.addObject('pod-disruption-budget', kubernetes.podDisruptionBudget);
    // Behind everything that its pods mount, so that the first of them finds it when objects are applied in this order.
    this.addObject('Resource', kubernetes.statefulSet);
    this.addJobs(plan);
    this.registration = register(this, [
      ...this.node.children.filter(ApiObject.isApiObject).map(({ kind, name }) => `${kind} ${name}`),
      ...secretsOfOperators(plan).map((name) => `Secret ${name}`),
    ]);
  }

  public get primaryEndpoint(): Endpoint {
    return addressing().primaryEndpoint(this.addressed());
  }

  public get readEndpoint(): Endpoint {
    return addressing().readEndpoint(this.addressed());
  }

  public get multiHostEndpoint(): MultiHostEndpoint {
    return addressing().multiHostEndpoint(this.addressed());
  }

  /**
   * Where one pod is reached, whether it takes writes or not, and whether it is ready or not.
   *
   * @param ordinal number of the pod
   */
  public instanceEndpoint(ordinal: number): Endpoint {
    return addressing().instanceEndpoint(this.addressed(), ordinal);
  }

  public get credentialsSecret(): CredentialsReference {
    const { secretName, keys } = this.plan().credentials;
    return { secretName, usernameKey: keys.username, passwordKey: keys.password };
  }

  /**
   * Every name under which clients in the cluster reach the server, those of the Service of an `exposure` among them, and the additional names of
   * the prop `tls`: what the server's certificate should hold, addresses as such, so that clients can check it with `sslmode=verify-full`. Names with the namespace in them need a chart that has one.
   */
  public get certificateNames(): string[] {
    return builders().certificateNames(this.plan());
  }

  /**
   * Declares a further database. It is made when it is missing, while the server runs; nothing that somebody else made is taken away, and a
   * database that is not declared any more stays.
   *
   * @param name name of the database
   * @param options owner, extensions, schemas
   * @see https://www.postgresql.org/docs/current/managing-databases.html
   */
  public addDatabase(name: string, options: DatabaseOptions = {}): void {
    // Untyped callers and other languages say null where nothing is meant.
    this.request.additions.databases.push({ name: textOf(name), options: options ?? {} });
    this.planned = undefined;
  }

  /**
   * Declares a further role. It is made when it is missing, and brought back to what is declared whenever a server starts or a
   * declaration or password changes; memberships and privileges that somebody else granted stay, and so does a role that is not declared any more.
   *
   * @param name name of the role
   * @param options password, memberships, privileges
   * @see https://www.postgresql.org/docs/current/user-manag.html
   */
  public addRole(name: string, options: RoleOptions = {}): void {
    const role = { name: textOf(name), options: options ?? {} };
    this.request.additions.roles.push(role);
    this.planned = undefined;
    if (planning().hasBinding(role.options)) this.addBinding(role.name);
  }

  /** Everything that the author of the program should know: errors, which stop the synthesis, and warnings. */
  public get findings(): Finding[] {
    return [...this.judge()];
  }

  /** What was decided and by whom, as text for people. */
  public explain(): string {
    return explaining().explainPlan(this.plan());
  }

  /** Run at every synthesis of a chart of the program: a warning is printed once all the same. */
  private report(): string[] {
    const { emitWarnings, errorLines } = planning();
    const findings = this.judge();
    if (findings !== this.warned) emitWarnings(this.node.path, findings);
    this.warned = findings;
    return errorLines(findings);
  }

  /** A pure recomputation from the props and what was added since. */
  private plan(): Plan {
    return this.planned ??= planning().resolvePlan(this.request);
  }

  /** Judged again only when this or another database has changed: cdk8s validates the whole program for every chart of it. */
  private judge(): Finding[] {
    const surroundings = this.registration.surroundings();
    const around = [...surroundings.namesakes, ...surroundings.clashes].join('\n');
    const plan = this.plan();
    if (this.judged?.around !== around || this.judged.plan !== plan) {
      this.judged = { plan, around, findings: planning().findProblems(plan, surroundings) };
    }
    return this.judged.findings;
  }

  private addBinding(role: string): void {
    // Construct ids have no slashes.
    const id = `binding-${uriPart(role)}`;
    // Two roles of one name are a finding, not a clash of construct ids.
    if (this.node.tryFindChild(id)) return;
    const { kind, name } = this.addObject(id, (now) => builders().bindingSecret(now, role));
    this.registration.add(`${kind} ${name}`);
  }

  private addJobs({ backups, restores }: Plan): void {
    const { backupClaim, backupCronJob, jobScriptsConfigMap, restoreCronJob } = builders();
    if (backups.length > 0) this.addObject('jobs', jobScriptsConfigMap);
    for (const backup of backups) {
      // Two backups of one id are a finding, not a clash of construct ids.
      if (this.node.tryFindChild(`backup-${backup.id}`)) continue;
      const { claim } = backup;
      if (claim.composed) this.addObject(`claim-${backup.id}`, (now) => backupClaim(now, claim));
      this.addObject(`backup-${backup.id}`, (now) => backupCronJob(now, backup));
    }
    for (const restore of restores) {
      const id = `restore-${restore.backupId}`;
      if (!this.node.tryFindChild(id)) this.addObject(id, (now) => restoreCronJob(now, restore));
    }
  }

  /** Who reaches the pods, and the way in from outside of the cluster. */
  private addNetwork({ network, backups, exposure }: Plan): void {
    const { serverNetworkPolicy, jobsNetworkPolicy, externalService } = builders();
    if (network.access !== 'unrestricted') this.addObject('network-policy', serverNetworkPolicy);
    if (network.access !== 'unrestricted' && backups.length > 0) this.addObject('jobs-network-policy', jobsNetworkPolicy);
    for (const one of exposure) this.addObject('external-service', (now) => externalService(now, one));
  }

  private connectionSide(): ConnectionSide {
    const add = (push: (additions: Additions) => void): void => {
      push(this.request.additions);
      this.planned = undefined;
    };
    return {
      scope: this,
      foreign: false,
      facts: () => connecting().connectionFacts(this.plan(), this.primaryEndpoint),
      admit: (client, ports) => add(({ clients }) => clients.push({ client, ports: ports && [...ports] })),
      reach: (destination, ports) => add(({ destinations }) => destinations.push({ destination, ports: [...ports ?? []] })),
    };
  }

  private addressed(): Addressed {
    return addressing().addressed(this.plan());
  }

  /**
   * The content is produced when the chart is synthesized, and so is a name that has a hash of what may still change. All other names stay what
   * they are: a property of an object that is computed makes the whole object slow.
   */
  private addObject(id: string, build: (plan: Plan) => Manifest, name?: 'late name'): ApiObject {
    const manifest = perPlan(build);
    const { apiVersion, kind, metadata, body } = manifest(this.plan());
    const contents = Object.keys(body).map((key) => [key, Lazy.any({ produce: () => manifest(this.plan()).body[key] })]);
    const object = new ApiObject(this, id, { apiVersion, kind, metadata, ...Object.fromEntries(contents) });
    if (name === 'late name') {
      const late = { get: () => manifest(this.plan()).metadata.name, enumerable: true, configurable: true };
      Object.defineProperty(object, 'name', late);
      Object.defineProperty(object.metadata, 'name', late);
    }
    return object;
  }
}

/** Each is read when it is asked for first, and stays what it was: a copy of all of them takes as long as a plan. */
function variablesOfProgram(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const value = known.get(name) ?? (Object.hasOwn(process.env, name) ? process.env[name] ?? '' : '');
    known.set(name, value);
    return value;
  };
}
