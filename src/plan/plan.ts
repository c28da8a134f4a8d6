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
  readonly podManagement: string;
  readonly update: UpdatePlan;
  readonly data: VolumePlan;
  readonly wal: readonly VolumePlan[];
  /** Retention that was asked for where it decides nothing. */
  readonly walRetention: readonly { readonly option: string; readonly value: string }[];
  readonly claimRetention: { readonly whenDeleted: string; readonly whenScaled: string };
  readonly resources: ResourcesPlan;
  readonly sharedMemory: Quantity;
  readonly settings: readonly Setting[];
  /** Parameters that the user gave although the construct decides them. */
  readonly reserved: readonly { readonly name: string; readonly value: string }[];
  readonly database: string;
  readonly owner: string;
  readonly roles: readonly RolePlan[];
  readonly credentials: CredentialsPlan;
  readonly initdb: { readonly provider: string; readonly locale: string; readonly walSegmentMebibytes: number };
  readonly stop: { readonly graceSeconds: number; readonly fastSeconds: number };
  readonly acknowledged: { readonly major: string; readonly libc: string; readonly cluster: string };
  readonly backups: readonly BackupPlan[];
  readonly scheduling: SchedulingPlan;
  readonly imagePullSecrets: readonly string[];
  readonly serviceAccount: { readonly name: string; readonly composed: boolean };
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly environment: readonly EnvironmentPlan[];
  readonly mounts: readonly MountPlan[];
  readonly extraVolumes: readonly ExtraVolumePlan[];
  readonly sidecars: readonly SidecarPlan[];
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

export type UpdatePlan =
  /** `asked` is the user's own word for it. */
  | { readonly kind: 'RollingUpdate'; readonly partition: number; readonly asked: string }
  | { readonly kind: 'OnDelete' };

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
  readonly kind: 'superuser' | 'owner' | 'backup';
  readonly passwordFile: string;
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
}

export type CredentialFile = 'username' | 'password' | 'superuser-password' | 'replication-password' | 'backup-password';

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

/** A claim for backups: composed with the database, or the user's own. */
export type ClaimPlan = { readonly composed: false; readonly name: string } | ComposedClaimPlan;

export interface ComposedClaimPlan extends Capacity {
  readonly composed: true;
  readonly name: string;
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
