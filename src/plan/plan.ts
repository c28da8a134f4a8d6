/**
 * Everything that was decided, once. Frozen; nothing is undefined; no manifest shapes. What may be there or not is a list.
 */
export interface Plan {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly version: { readonly text: string; readonly major: number };
  readonly image: ImagePlan;
  readonly instances: number;
  readonly primaryOrdinal: number;
  readonly replication: ReplicationPlan;
  readonly podManagement: string;
  readonly update: UpdatePlan;
  readonly data: VolumePlan;
  readonly wal: readonly VolumePlan[];
  /** Retention that was asked for where it decides nothing. */
  readonly walRetention: readonly { readonly option: string; readonly value: string }[];
  /** What the primary's pod does with one. */
  readonly emptyVolume: string;
  readonly claimRetention: { readonly whenDeleted: string; readonly whenScaled: string };
  readonly resources: ResourcesPlan;
  readonly sharedMemory: Quantity;
  readonly settings: readonly Setting[];
  /** Parameters that the user gave although the construct decides them. */
  readonly reserved: readonly { readonly name: string; readonly value: string }[];
  /** Parameters that the user gave in another spelling before. */
  readonly respelled: readonly { readonly name: string; readonly value: string; readonly first: string }[];
  readonly database: string;
  readonly owner: string;
  readonly roles: readonly RolePlan[];
  /** The first database first, the others by name. */
  readonly databases: readonly DatabasePlan[];
  /** Roles beside those of the Secret, by name. */
  readonly applicationRoles: readonly ApplicationRolePlan[];
  /** Libraries that the server loads at its start because of an extension. */
  readonly preload: readonly PreloadPlan[];
  readonly initSql: readonly InitSqlPlan[];
  readonly hbaRules: readonly HbaRulePlan[];
  readonly credentials: CredentialsPlan;
  /** None: connections are not encrypted. */
  readonly tls: readonly TlsPlan[];
  readonly initdb: { readonly provider: string; readonly locale: string; readonly walSegmentMebibytes: number };
  readonly stop: { readonly graceSeconds: number; readonly fastSeconds: number };
  readonly acknowledged: { readonly major: string; readonly libc: string; readonly cluster: string };
  readonly backups: readonly BackupPlan[];
  /** One for each claim that backups are on. */
  readonly restores: readonly RestorePlan[];
  readonly network: NetworkPlan;
  /** None: nobody outside of the cluster reaches the database. */
  readonly exposure: readonly ExposurePlan[];
  readonly scheduling: SchedulingPlan;
  readonly imagePullSecrets: readonly string[];
  readonly serviceAccount: { readonly name: string; readonly composed: boolean };
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly environment: readonly EnvironmentPlan[];
  readonly mounts: readonly MountPlan[];
  readonly extraVolumes: readonly ExtraVolumePlan[];
  readonly sidecars: readonly SidecarPlan[];
  readonly platform: PlatformPlan;
  /** Elements of lists that untyped callers left null, by their path in the user's words; the lists of the plan are without them. */
  readonly holes: readonly string[];
}

/** An amount of memory or storage: the text that Kubernetes reads, and a number to compute with. */
export interface Quantity {
  readonly text: string;
  readonly mebibytes: number;
}

export interface ImagePlan {
  readonly reference: string;
  readonly runAsUser: number;
  readonly runAsGroup: number;
  /** Nobody knows whether the image has the user: the pod brings its own /etc/passwd. */
  readonly ownPasswd: boolean;
}

/** What depends on the cluster and its tools. */
export interface PlatformPlan {
  /** The pods ask for no user and no group: the cluster assigns them. */
  readonly assignsUser: boolean;
  /** Users and groups that are asked for all the same. */
  readonly contradictions: readonly { readonly prop: string; readonly value: number }[];
  readonly hostUsers: readonly boolean[];
  readonly imagePullPolicy: string;
  readonly ipFamilies: readonly string[];
  readonly ipFamilyPolicies: readonly string[];
  /** Those of all pods, complete. */
  readonly podAnnotations: Readonly<Record<string, string>>;
  /** Those of all Services, complete. */
  readonly serviceAnnotations: Readonly<Record<string, string>>;
  readonly syncWaves: readonly number[];
}

export type UpdatePlan =
  /** `asked` is the user's own word for it. */
  | { readonly kind: 'RollingUpdate'; readonly partition: number; readonly choice: string; readonly asked: string }
  | { readonly kind: 'OnDelete' };

export interface ReplicationPlan {
  readonly slotLimitMebibytes: number;
  readonly maximumLagMebibytes: number;
  readonly onDivergence: string;
  readonly synchronous: boolean;
  /** How many replicas must have a transaction before it is confirmed; 0 where none is waited for. */
  readonly quorum: number;
  readonly switchoverLagMilliseconds: number;
  readonly switchoverDelaySeconds: number;
}

/** What a claim asks for. */
export interface Capacity {
  readonly size: Quantity;
  readonly storageClasses: readonly string[];
  readonly accessMode: string;
}

export type VolumePlan = { readonly kind: 'ephemeral' } | PersistentVolumePlan;

export interface PersistentVolumePlan extends Capacity {
  readonly kind: 'persistent';
  readonly dataSources: readonly { readonly apiGroups: readonly string[]; readonly kind: string; readonly name: string }[];
}

export interface ResourcesPlan {
  readonly cpu: string;
  readonly cpuLimits: readonly string[];
  readonly memory: Quantity;
  readonly memoryLimit: Quantity;
}

/** Who decided about a setting: us by default, the user, or us because nothing else works. */
export type SettingOrigin = 'default' | 'user' | 'required';

export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly origin: SettingOrigin;
  /** What it takes for a new value to be used. */
  readonly needs: 'restart' | 'reload';
}

/** A role whose password is in the Secret. */
export interface RolePlan {
  readonly name: string;
  readonly kind: 'superuser' | 'owner' | 'replication' | 'backup' | 'restore';
  readonly passwordFile: string;
}

export interface DatabasePlan {
  readonly name: string;
  readonly owner: string;
  readonly extensions: readonly string[];
  readonly schemas: readonly string[];
}

/** A role that the program declares beside those whose passwords are in the Secret. */
export interface ApplicationRolePlan {
  readonly name: string;
  readonly login: boolean;
  readonly memberOf: readonly string[];
  readonly connectionLimits: readonly number[];
  readonly passwords: readonly RolePasswordPlan[];
  readonly privileges: readonly PrivilegePlan[];
  readonly bindings: readonly BindingPlan[];
}

export interface RolePasswordPlan {
  readonly secretName: string;
  readonly key: string;
}

export interface PrivilegePlan {
  readonly kind: 'connect' | 'read' | 'write' | 'create' | 'table';
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly privileges: readonly string[];
}

/** The Secret of a role. */
export interface BindingPlan {
  readonly secretName: string;
  readonly database: string;
  /** The password, only from the unsafe sources. */
  readonly passwords: readonly string[];
  /** Environment variables that were asked for and are not there. */
  readonly missingVariables: readonly string[];
}

export interface PreloadPlan {
  readonly library: string;
  /** Extension that asks for it; none for what the user wrote into the parameter. */
  readonly extensions: readonly string[];
}

export interface InitSqlPlan {
  readonly kind: 'text' | 'configMap' | 'secret';
  readonly source: string;
  readonly key: string;
}

export interface HbaRulePlan {
  readonly type: 'host' | 'hostssl' | 'hostnossl';
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly addresses: readonly string[];
  readonly method: string;
  /** Lists that were given and are empty, which would mean everybody. */
  readonly emptyLists: readonly string[];
}

export interface CredentialsPlan {
  /** The Secret is made with the database, from one of the unsafe sources. */
  readonly composed: boolean;
  readonly secretName: string;
  /** File in the pod → key of the Secret. */
  readonly keys: Readonly<Record<CredentialFile, string>>;
  /** Key → password, only from the unsafe sources, else empty. */
  readonly values: Readonly<Record<string, string>>;
  /** Environment variables that were asked for and are not there. */
  readonly missingVariables: readonly string[];
  /** The entries of a store that an operator makes the Secret from. */
  readonly external: readonly ExternalSecretPlan[];
}

export interface ExternalSecretPlan {
  readonly store: { readonly kind: string; readonly name: string };
  readonly refreshSeconds: number;
  readonly entries: readonly {
    readonly file: CredentialFile; readonly key: string; readonly properties: readonly string[]; readonly versions: readonly string[];
  }[];
}

export interface TlsPlan {
  readonly secretName: string;
  /** File in the pod → key of the Secret. */
  readonly keys: Readonly<Record<TlsFile, string>>;
  readonly mode: 'required' | 'optional';
  readonly minimumVersion: string;
  readonly clientCertificates: 'none' | 'verify-ca' | 'verify-full';
  readonly additionalNames: readonly string[];
  /** The Certificate of cert-manager that is composed with the database. */
  readonly certificates: readonly CertificatePlan[];
}

export type TlsFile = 'tls.crt' | 'tls.key' | 'ca.crt' | 'client-ca.crt';

export interface CertificatePlan {
  readonly issuer: { readonly group: string; readonly kind: string; readonly name: string };
  readonly seconds: number;
  readonly renewBeforeSeconds: number;
}

export type CredentialFile = 'username' | 'password' | 'superuser-password' | 'replication-password' | 'backup-password' | 'restore-password';

export interface BackupPlan {
  readonly id: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly claim: ClaimPlan;
  readonly retention: {
    readonly keepLast: number; readonly daily: number; readonly weekly: number; readonly monthly: number; readonly minimum: number;
  };
  readonly parallelJobs: number;
  readonly resources: ResourcesPlan;
  readonly deadlineSeconds: number;
  readonly startingDeadlineSeconds: number;
  readonly suspended: boolean;
}

/** A Job that is started by hand. */
export interface RestorePlan {
  readonly name: string;
  /** The backup that writes the claim. */
  readonly backupId: string;
  readonly claimName: string;
  readonly parallelJobs: number;
  readonly resources: ResourcesPlan;
}

/** A claim for backups: composed with the database, or the user's own. */
export type ClaimPlan = { readonly composed: false; readonly name: string } | ComposedClaimPlan;

export interface ComposedClaimPlan extends Capacity {
  readonly composed: true;
  readonly name: string;
}

/** Who reaches the pods, and whom they reach, beside what always works. */
export interface NetworkPlan {
  readonly access: 'sameNamespace' | 'declared' | 'unrestricted';
  readonly clients: readonly { readonly peer: PeerPlan; readonly ports: readonly NamedPort[] }[];
  readonly destinations: readonly { readonly peer: PeerPlan; readonly ports: readonly number[] }[];
}

export type PeerPlan =
  /** Without a namespace: in that of the database. */
  | { readonly kind: 'pods'; readonly labels: Readonly<Record<string, string>>; readonly namespaces: readonly string[] }
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'range'; readonly addresses: string };

/** A port of the pods by the name that the user wrote; without a number when none has the name. */
export interface NamedPort {
  readonly name: string;
  readonly numbers: readonly number[];
}

export interface ExposurePlan {
  readonly kind: 'loadBalancer' | 'nodePort';
  readonly port: number;
  readonly nodePorts: readonly number[];
  /** None: as the cluster does it, which is to allocate them. */
  readonly allocateNodePorts: readonly boolean[];
  readonly classes: readonly string[];
  readonly sourceRanges: readonly string[];
  readonly nodeRanges: readonly string[];
  readonly trafficPolicy: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly acknowledged: { readonly plainText: boolean; readonly anySource: boolean };
}

export interface SchedulingPlan {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly {
    readonly key: string;
    readonly values: readonly string[];
    readonly effects: readonly string[];
    readonly seconds: readonly number[];
  }[];
  readonly priorityClasses: readonly string[];
  readonly spread: SpreadPlan;
}

/** Over which domains the server's pods are spread, by keys of nodes' labels. */
export interface SpreadPlan {
  readonly kind: 'preferred' | 'required' | 'unrestricted';
  readonly topologyKeys: readonly string[];
}

export interface EnvironmentPlan {
  readonly name: string;
  readonly kind: 'text' | 'secretKey' | 'configMapKey' | 'field';
  readonly source: string;
  readonly key: string;
}

export interface ExtraVolumePlan {
  readonly name: string;
  readonly kind: 'configMap' | 'secret' | 'claim' | 'emptyDir';
  readonly source: string;
  readonly sizeLimits: readonly string[];
}

export interface MountPlan {
  readonly volume: string;
  readonly path: string;
  readonly subPaths: readonly string[];
  readonly readOnly: boolean;
}

export interface SidecarPlan {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly environment: readonly EnvironmentPlan[];
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  readonly mounts: readonly MountPlan[];
  readonly mountSocket: boolean;
  readonly users: readonly number[];
  readonly resources: ResourcesPlan;
}
