import { Duration } from 'cdk8s';
import { Acknowledgement } from './acknowledgement';
import { Backup } from './backup';
import { Credentials } from './credentials';
import { EmptyVolume } from './empty-volume';
import { EnvironmentValue } from './environment';
import { Exposure } from './exposure';
import { HbaRule } from './hba-rule';
import { ImagePullPolicy, PostgresImage } from './image';
import { InitSql } from './init-sql';
import { InitdbOptions } from './initdb';
import { IpFamily, IpFamilyPolicy } from './ip-family';
import { NetworkAccess } from './network-access';
import { PodSecurity } from './pod-security';
import { Replication } from './replication';
import { PostgresResources } from './resources';
import { PodManagement, Rollout } from './rollout';
import { Scheduling } from './scheduling';
import { Sidecar } from './sidecar';
import { Storage } from './storage';
import { Tls } from './tls';
import { PostgresVersion } from './version';
import { ExtraVolumeMount } from './volume';

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
   * Encrypted connections: where the server's certificate comes from, and what clients must do.
   * @default - connections are not encrypted
   */
  readonly tls?: Tls;

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
   * Extensions in the first database, by the names of `CREATE EXTENSION`. What an extension must have preloaded is preloaded. One that the
   * image lacks is told in the log of the pod, and everything else goes on.
   * @default - none
   * @see https://www.postgresql.org/docs/current/sql-createextension.html
   */
  readonly extensions?: string[];

  /**
   * SQL that runs once, when an empty volume is initialised, in this order.
   * @default - none
   */
  readonly initSql?: InitSql[];

  /**
   * Rules about who may connect from where, in the order in which they are asked. They stand behind those that protect the superuser
   * and replication and before the last one, which lets every role in with its password. A change reaches the running server.
   * @default - none
   * @see https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
   */
  readonly hbaRules?: HbaRule[];

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
   * What the primary's pod does where its volume is empty and no other pod has the data: at the very first start, and whenever its claim was lost,
   * deleted, or came back without data. Nobody in the pod can tell these apart, but the program can: say `EmptyVolume.REFUSE` once the database is
   * there, and nothing begins anew in its place. Replicas copy the primary in any case. A change restarts nothing. With `Storage.ephemeral()` every
   * volume is empty (PG1507).
   * @default EmptyVolume.INITIALISE
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage
   */
  readonly emptyVolume?: EmptyVolume;

  /**
   * What the server's container asks for. Memory is what PostgreSQL's own sizes are derived from.
   * @default - 250m of CPU without a limit, 1Gi of memory
   */
  readonly resources?: PostgresResources;

  /**
   * Parameters of the server by name, with values as in `postgresql.conf`. Names and values are checked against what the servers
   * themselves tell of their parameters; those that the construct decides are refused (PG1303). A change of a parameter that needs
   * no restart reaches the running server. Parameters of extensions replace the pod, but for those that are known to need no
   * restart: `auto_explain.*`, `pgaudit.log*` and `pg_stat_statements.track`, `.track_utility`, `.track_planning` and `.save`.
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
   * Number of pods: the primary and its replicas, from 1 to 9. A further one makes its copy by itself, and nothing restarts. The volumes of
   * pods that are taken away stay. The primary's pod is never one of them (PG2820).
   * @default 1
   */
  readonly instances?: number;

  /**
   * The pod that is the primary, by its ordinal, from 0 to `instances` - 1 (PG2820). Another one moves the primary there, and restarts no pod: the pods hear
   * of it within about a minute, or at once where their annotations change; the primary steps down for it once it follows closely (`switchoverLag`), and
   * becomes a replica. Where the primary is gone, nothing takes its place by this alone.
   * The Services for writing lead to the new pod at once, which refuses to write until it has taken over. Updates take the pods from the highest ordinal
   * to the lowest, so that a primary at 0 is the last. One that is not at 0 needs `PodManagement.PARALLEL` (PG2821).
   * @default 0
   * @see https://www.postgresql.org/docs/current/warm-standby-failover.html
   */
  readonly primaryOrdinal?: number;

  /**
   * How the replicas follow the primary.
   * @default Replication.asynchronous()
   * @see https://www.postgresql.org/docs/current/warm-standby.html
   */
  readonly replication?: Replication;

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
   * Who reaches the database over the network, beside what `connections` declares.
   * @default NetworkAccess.sameNamespace()
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
   */
  readonly networkAccess?: NetworkAccess;

  /**
   * How clients outside of the cluster reach the database.
   * @default - they do not
   */
  readonly exposure?: Exposure;

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
   * Annotations on the pods of the server and of the Jobs, beside `annotations`.
   * @default - none
   */
  readonly podAnnotations?: { [key: string]: string };

  /**
   * Annotations on the Services, beside `annotations`.
   * @default - none
   */
  readonly serviceAnnotations?: { [key: string]: string };

  /**
   * The wave of Argo CD in which all objects are applied, as an annotation. Pods do not carry it: a change restarts nothing. Argo CD awaits
   * every object of a wave, claims of backups too, which may wait for the first backup: they are a warning (PG2506).
   * @default - none, which Argo CD takes for 0
   * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
   */
  readonly syncWave?: number;

  /**
   * Which user runs the pods.
   * @default PodSecurity.restricted()
   */
  readonly podSecurity?: PodSecurity;

  /**
   * Whether the pods share the user numbers of their node. `false` gives them a user namespace of their own, for which node,
   * container runtime and the file systems of the volumes must be able.
   * @default - the cluster's default, which is true
   * @see https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/
   */
  readonly hostUsers?: boolean;

  /**
   * When a node asks the registry for the images of the pods.
   * @default ImagePullPolicy.IF_NOT_PRESENT
   */
  readonly imagePullPolicy?: ImagePullPolicy;

  /**
   * Address families of the Services, the first one first. The server listens on all addresses of its pod in any case. A cluster refuses
   * one that it does not have, whatever the policy. What a Service has first can be changed only by deleting it.
   * @default - the cluster's default
   * @see https://kubernetes.io/docs/concepts/services-networking/dual-stack/
   */
  readonly ipFamilies?: IpFamily[];

  /**
   * Whether the Services have an address of each family.
   * @default - with two `ipFamilies` `IpFamilyPolicy.PREFER_DUAL_STACK`, without which Kubernetes refuses two; else the cluster's default, which is one
   * @see https://kubernetes.io/docs/concepts/services-networking/dual-stack/
   */
  readonly ipFamilyPolicy?: IpFamilyPolicy;

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
