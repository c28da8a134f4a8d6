import type { Names } from './names';
import type { Server } from '../servers';

export interface FilesMount {
  /** A ConfigMap or Secret volume: materialised as the kubelet does, changed by `pod.update()`. */
  readonly kind: 'files';
  readonly files: Files;
  /** defaultMode of the volume; 0o644 unless told. */
  readonly mode?: number;
}

export interface DirectoryMount {
  /** A claim: a directory of this machine that outlives the pod. */
  readonly kind: 'directory';
  readonly host: string;
}

export interface MemoryMount {
  /** An emptyDir: lives as long as the pod, also over a restart of its container. */
  readonly kind: 'memory';
  /** Mounts of one pod that give the same name here share the volume. */
  readonly volume?: string;
  /** Limits it, such as 16m; such a one is new at each start of the container. */
  readonly size?: string;
}

export type Mount = (FilesMount | DirectoryMount | MemoryMount) & {
  readonly path: string;
  readonly readOnly?: boolean;
  /** Mounts only this file or directory of the volume, which then never changes with the volume. */
  readonly subPath?: string;
};

/** Content by path in the volume. */
export type Files = Readonly<Record<string, string | Buffer>>;

/** One container, in the words of a container spec. */
export interface PodDescription {
  readonly server: Server;
  /** Without a command: `sleep infinity`. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly mounts?: readonly Mount[];
  /** runAsUser; 999 unless told */
  readonly uid?: number;
  /** runAsGroup; the uid unless told */
  readonly gid?: number;
  /** fsGroup; the gid unless told */
  readonly fsGroup?: number;
  /** Users in the image's passwd file besides root and postgres (999), in its format. */
  readonly passwd?: string;
  readonly hostname?: string;
  /** Further lines of /etc/hosts: address by name. Other names are asked of a name server that is not there. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** All that the pod's resolver answers, instead of `hosts`; changed by `pod.resolve()`. */
  readonly names?: Names;
  /** Be in that network, such as a running pod's, instead of an own one. */
  readonly network?: PodNetwork;
  /** What PATH offers besides the server's programs: this machine's, or only bash and the applets of busybox. */
  readonly programs?: 'machine' | 'busybox';
  /** Count the external commands that the container starts by name (not those of `exec`), and SIGKILL the pod in place of the n-th; 0 only counts. */
  readonly killAt?: number;
}

/** A network namespace that exists already. */
export interface PodNetwork {
  /** A process that is in it, on this machine. */
  readonly networkPid: number;
  /** The pod's own address there; the loopback's unless told. */
  readonly address?: string;
}

/** How a process ended. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ExecResult extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

/** A process in a pod. */
export interface PodProcess {
  /** pid inside; PID 1 is the container's command */
  readonly pid: number;
  /** parent inside; 0 for PID 1 and for what came in by `pod.exec` */
  readonly parent: number;
  /** pid on this machine */
  readonly hostPid: number;
  /** short name of the program */
  readonly name: string;
  /** arguments; empty for a zombie */
  readonly command: readonly string[];
  /** R, S, D, Z, T … as in /proc/<pid>/stat */
  readonly state: string;
  readonly uid: number;
}
