import { ApiObject, Chart, Duration, Lazy } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Acknowledgement } from './acknowledgement';
import { Backup } from './backup';
import { Credentials } from './credentials';
import { Endpoint } from './endpoint';
import { EnvironmentValue } from './environment';
import { Finding } from './finding';
import { PostgresImage } from './image';
import { InitdbOptions } from './initdb';
import { backupClaim, backupCronJob } from './kubernetes/backup';
import {
  accessConfigMap, databasesConfigMap, jobScriptsConfigMap, reloadConfigMap, scriptsConfigMap, settingsConfigMap, topologyConfigMap,
} from './kubernetes/config-maps';
import { credentialsSecret } from './kubernetes/credentials-secret';
import type { Manifest } from './kubernetes/manifest';
import { headlessServiceName, podName, PORT, serviceHost } from './kubernetes/names';
import { serviceAccount } from './kubernetes/service-account';
import { headlessService, primaryService } from './kubernetes/services';
import { statefulSet } from './kubernetes/stateful-set';
import { explainPlan } from './plan/explain';
import { emitWarnings, errorLines, findProblems, namesakesOf } from './plan/findings';
import type { Plan } from './plan/plan';
import { resolvePlan } from './plan/resolve';
import { CredentialsReference, IPostgres, PostgresAttributes } from './postgres';
import { ImportedPostgres } from './postgres-import';
import { PostgresResources } from './resources';
import { PodManagement, Rollout } from './rollout';
import { Scheduling } from './scheduling';
import { Sidecar } from './sidecar';
import { Storage } from './storage';
import { PostgresVersion } from './version';
import { ExtraVolumeMount } from './volume';

/** Recognises our construct where several copies of the library are loaded and `instanceof` fails. */
/** Recognises our construct where several copies of the library are loaded and `instanceof` fails. */
const SYMBOL = Symbol.for('cdk8s-postgres.PostgresStatefulSet');

/** Properties of `PostgresStatefulSet`. */
export interface PostgresStatefulSetProps {
  /** The version of the server. It has no default: an update of this library never changes a major version. */
  readonly version: PostgresVersion;

  /**
   * Name of the StatefulSet and of the Service for reading and writing; the names of all other objects begin with it.
   * At most 40 characters. A new name is a new, empty database.
   * @default - the construct id
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#rfc-1035-label-names
   */
  readonly name?: string;

  /**
   * The container image of the server.
   * @default - the official image of `version` on Debian 13: `postgres:<version>-trixie`
   */
  readonly image?: PostgresImage;

  /**
   * Where the passwords come from.
   * @default - the Secret `<name>-credentials`, which somebody else makes
   */
  readonly credentials?: Credentials;

  /**
   * Name of the first database. It is made when it is missing.
   * @default 'app'
   */
  readonly database?: string;

  /**
   * Role that owns the first database. It is made when it is missing; its password is in the Secret.
   * @default - the same as `database`
   */
  readonly owner?: string;

  /**
   * Where the database keeps its files.
   * @default - a claim of 10 GiB of the cluster's default StorageClass, which is kept when the StatefulSet is deleted
   */
  readonly storage?: Storage;

  /**
   * A volume of its own for the write-ahead log. It belongs to the data volume for good.
   * @default - the write-ahead log is on the data volume
   * @see https://www.postgresql.org/docs/current/wal-internals.html
   */
  readonly walStorage?: Storage;

  /**
   * What the server's container asks for. Memory is what PostgreSQL's own sizes are derived from.
   * @default - 250m of CPU without a limit, 1Gi of memory
   */
  readonly resources?: PostgresResources;

  /**
   * Parameters of the server by name, with values as in `postgresql.conf`. Names and values are checked against what the servers
   * themselves tell of their parameters; those that the construct decides are refused (PG1303). A change of a parameter that needs
   * no restart reaches the running server.
   * @default - sizes that follow from memory and volume; `explain()` lists them
   * @see https://www.postgresql.org/docs/current/runtime-config.html
   */
  readonly parameters?: { [name: string]: string };

  /**
   * What is decided once, when an empty volume is initialised.
   * @default - an order of text that does not change with the operating system, and 16 MiB files of the write-ahead log
   */
  readonly initdb?: InitdbOptions;

  /**
   * How a change of the pod template reaches the pods.
   * @default Rollout.rollingUpdate()
   */
  readonly rollout?: Rollout;

  /**
   * The order in which pods are started and stopped. Immutable in Kubernetes.
   * @default PodManagement.PARALLEL
   */
  readonly podManagement?: PodManagement;

  /**
   * Backups that run on a schedule.
   * @default - none
   */
  readonly backups?: Backup[];

  /**
   * Where the pods may run.
   * @default - on any node
   */
  readonly scheduling?: Scheduling;

  /**
   * How long a pod may take to stop. The server gets a fast shutdown, ten seconds before the end an immediate one. At least two minutes.
   * @default Duration.minutes(5)
   * @see https://www.postgresql.org/docs/current/server-shutdown.html
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * Labels on all objects and pods. Never used to select anything.
   * @default - only the recommended labels `app.kubernetes.io/*` and our own
   */
  readonly labels?: { [key: string]: string };

  /**
   * Annotations on all objects and pods.
   * @default - none
   */
  readonly annotations?: { [key: string]: string };

  /**
   * Names of Secrets with credentials for the image's registry.
   * @default - none
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
   */
  readonly imagePullSecrets?: string[];

  /**
   * Name of an existing ServiceAccount for the pods. No token is mounted in any case.
   * @default - a ServiceAccount of its own with the database's name and without rights
   */
  readonly serviceAccountName?: string;

  /**
   * Environment variables of the server's container beside the ones that the construct sets.
   * @default - none
   */
  readonly environment?: { [name: string]: EnvironmentValue };

  /**
   * Extra volumes that the server's container sees. Scripts under `/docker-entrypoint-initdb.d` run once, when an empty volume is initialised.
   * @default - none
   */
  readonly volumeMounts?: ExtraVolumeMount[];

  /**
   * Containers beside the server in the same pod.
   * @default - none
   */
  readonly sidecars?: Sidecar[];

  /**
   * Guards of the pod that are opened, each for exactly what was found.
   * @default - all guards are closed
   */
  readonly acknowledgements?: Acknowledgement[];
}

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

  /** Whether a construct is a database that this library makes, also when several copies of the library are loaded. */
  public static isPostgresStatefulSet(construct: IConstruct): boolean {
    return SYMBOL in construct;
  }

  /** Name of the StatefulSet and of the Service for reading and writing. */
  public readonly name: string;

  private readonly plan: Plan;

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

    this.addObject('Resource', () => statefulSet(this.plan));
    this.addObject('service', () => primaryService(this.plan));
    this.addObject('headless-service', () => headlessService(this.plan));
    if (this.plan.serviceAccount.composed) this.addObject('service-account', () => serviceAccount(this.plan));
    if (this.plan.credentials.composed) this.addObject('credentials', () => credentialsSecret(this.plan));
    this.addObject('scripts', () => scriptsConfigMap(this.plan));
    this.addObject('settings', () => settingsConfigMap(this.plan));
    this.addObject('reload', () => reloadConfigMap(this.plan));
    this.addObject('access', () => accessConfigMap(this.plan));
    this.addObject('topology', () => topologyConfigMap(this.plan));
    this.addObject('databases', () => databasesConfigMap(this.plan));
    if (this.plan.backups.length > 0) this.addObject('jobs', () => jobScriptsConfigMap(this.plan));
    for (const backup of this.plan.backups) {
      // Two backups of one id are a finding, not a clash of construct ids.
      if (this.node.tryFindChild(`backup-${backup.id}`)) continue;
      const { claim } = backup;
      if (claim.composed) this.addObject(`claim-${backup.id}`, () => backupClaim(this.plan, claim));
      this.addObject(`backup-${backup.id}`, () => backupCronJob(this.plan, backup));
    }
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
    return this.endpoint(`${podName(this.plan, ordinal)}.${headlessServiceName(this.plan)}`);
  }

  public get credentialsSecret(): CredentialsReference {
    const { secretName, keys } = this.plan.credentials;
    return { secretName, usernameKey: keys.username, passwordKey: keys.password };
  }

  /** Everything that the author of the program should know: errors, which stop the synthesis, and warnings. */
  public get findings(): Finding[] {
    return findProblems(this.plan, { namesakes: namesakesOf(this, PostgresStatefulSet.isPostgresStatefulSet) });
  }

  /** What was decided and by whom, as text for people. */
  public explain(): string {
    return explainPlan(this.plan);
  }

  private report(): string[] {
    const { findings } = this;
    emitWarnings(this.node.path, findings);
    return errorLines(findings);
  }

  private endpoint(service: string): Endpoint {
    return new Endpoint(serviceHost(service, this.plan.namespaces), PORT, this.plan.database, this.plan.owner);
  }

  /** The name is fixed here; the content is produced when the chart is synthesized. */
  private addObject(id: string, build: () => Manifest): void {
    const { apiVersion, kind, metadata, body } = build();
    const late = Object.keys(body).map((key) => [key, Lazy.any({ produce: () => build().body[key] })]);
    new ApiObject(this, id, { apiVersion, kind, metadata, ...Object.fromEntries(late) });
  }
}
