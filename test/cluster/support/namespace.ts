import { randomBytes } from 'node:crypto';
import { attempt, kubectl, Options, Result } from './kubectl';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: any };
  readonly [key: string]: any;
}

/** The strictest Pod Security Standard, enforced: what it does not admit does not start. */
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'latest' };

/** A namespace of one test file, which goes with everything in it. */
export class Namespace {
  public static async create(topic: string, options: { readonly privileged?: boolean } = {}): Promise<Namespace> {
    const { name } = Namespace.planned(topic);
    const labels = options.privileged ? { 'pod-security.kubernetes.io/enforce': 'privileged' } : RESTRICTED;
    await kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }) });
    return new Namespace(name);
  }

  /** One that the test makes itself, as a user does. */
  public static planned(topic: string): Namespace {
    return new Namespace(`t-${topic}-${randomBytes(3).toString('hex')}`);
  }

  private constructor(public readonly name: string) {}

  /** Does not wait: the next file has a namespace of its own. */
  public async delete(): Promise<void> {
    await kubectl(['delete', 'namespace', this.name, '--wait=false', '--ignore-not-found']);
  }

  public attempt(args: readonly string[], options?: Options): Promise<Result> {
    return attempt(['--namespace', this.name, ...args], options);
  }

  public run(args: readonly string[], options?: Options): Promise<string> {
    return kubectl(['--namespace', this.name, ...args], options);
  }

  /** As a user applies them, and with every warning of the strict validation an error. */
  public async apply(manifests: readonly Manifest[], ...flags: string[]): Promise<string> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    return this.run(['apply', '--validate=strict', ...flags, '-f', '-'], { input });
  }

  public async secret(name: string, values: Readonly<Record<string, string>>): Promise<void> {
    await this.apply([{ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: values }]);
  }

  /** One object, or undefined where there is none. */
  public async find(kind: string, name: string): Promise<any> {
    const text = await this.run(['get', kind, name, '--ignore-not-found', '--output', 'json']);
    return text.trim() === '' ? undefined : JSON.parse(text);
  }

  public async list(kind: string, selector?: string): Promise<any[]> {
    return JSON.parse(await this.run(['get', kind, ...selector ? ['--selector', selector] : [], '--output', 'json'])).items;
  }

  /** What somebody who looks at a failure asks first. */
  public async describe(): Promise<string> {
    const parts: string[] = [];
    const tell = async (...args: string[]): Promise<void> => {
      const { stdout, stderr } = await this.attempt(args, { seconds: 20 });
      parts.push(`--- kubectl ${args.join(' ')}\n${stdout}${stderr}`);
    };
    await tell('get', 'pods,statefulsets,jobs,persistentvolumeclaims', '--output', 'wide');
    await tell('get', 'events', '--sort-by=.lastTimestamp');
    for (const { metadata: { name } } of await this.list('pods').catch(() => [])) {
      await tell('describe', 'pod', name);
      await tell('logs', name, '--all-containers', '--tail=60');
      await tell('logs', name, '--all-containers', '--previous', '--tail=40');
    }
    return parts.join('\n').slice(0, 60_000);
  }
}

/** Makes a failing body tell what the namespace looked like. */
export function diagnosed(where: () => Namespace): (body: () => Promise<unknown>) => () => Promise<void> {
  return (body) => async () => {
    try {
      await body();
    } catch (error) {
      const failure = error as Error;
      const state = where() ? await where().describe() : 'there is no namespace yet';
      failure.message = `${failure.message}\n\n${state}`;
      throw failure;
    }
  };
}
