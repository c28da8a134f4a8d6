/** A Kubernetes object as it is: what every builder of this folder returns. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Everything else of the object: `spec`, `data` and the like. */
  readonly body: Readonly<Record<string, unknown>>;
}
