import { EnvironmentValue } from './environment';
import { PostgresResources } from './resources';
import { ExtraVolumeMount } from './volume';

/**
 * A container beside the server in the same pod. It shares the network, so that it reaches the server at `127.0.0.1:5432`,
 * and runs under the same restricted security context. It must end at SIGTERM: a pod is gone only when its last container is, so one
 * that ignores the signal makes every restart last the whole `terminationGracePeriod`.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/#how-pods-manage-multiple-containers
 */
export interface Sidecar {
  /** Name of the container, unique in the pod. */
  readonly name: string;

  /** The complete image reference. */
  readonly image: string;

  /**
   * The program and its first arguments. Kubernetes puts the value of the variable `X` in place of `$(X)`; `$$(X)` stays `$(X)`.
   * @default - the image's entrypoint
   */
  readonly command?: string[];

  /**
   * Arguments of the program. Kubernetes puts the value of the variable `X` in place of `$(X)`; `$$(X)` stays `$(X)`.
   * @default - the image's arguments
   */
  readonly args?: string[];

  /**
   * Environment variables.
   * @default - none
   */
  readonly environment?: { [name: string]: EnvironmentValue };

  /**
   * Named ports that the container listens on.
   * @default - none
   */
  readonly ports?: { [name: string]: number };

  /**
   * Extra volumes that the container sees.
   * @default - none
   */
  readonly volumeMounts?: ExtraVolumeMount[];

  /**
   * Whether the container sees the server's socket in `/var/run/postgresql`. A container that runs as the server's user, which is the
   * default of `runAsUser`, is let in there without a password as every declared role, the superuser `postgres` too: the server asks the
   * operating system who connects (`peer`). Under another user it is refused there unless it goes by `127.0.0.1` and a password.
   * @default false
   */
  readonly mountSocket?: boolean;

  /**
   * User that runs the container, never 0.
   * @default - the user of the server
   */
  readonly runAsUser?: number;

  /**
   * What the container asks for.
   * @default - 50m of CPU without a limit, 64Mi of memory
   */
  readonly resources?: PostgresResources;
}
