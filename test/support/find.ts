import { Chart, Testing } from 'cdk8s';
import { minimalProps, SomeProps } from './props';
import { PostgresStatefulSet } from '../../src';

/** A synthesized object. Tests look into the deepest corners of it, so its type would only be in the way. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export interface Program {
  readonly chart: Chart;
  readonly db: PostgresStatefulSet;
  readonly synth: () => Json[];
}

export function program(props: SomeProps = {}, id = 'orders-db', namespace?: string): Program {
  const chart = new Chart(Testing.app(), 'test', { namespace });
  const db = new PostgresStatefulSet(chart, id, { ...minimalProps, ...props });
  return { chart, db, synth: () => Testing.synth(chart) };
}

export function synthesize(props: SomeProps = {}, id?: string, namespace?: string): Json[] {
  return program(props, id, namespace).synth();
}

/** The one object of a kind; a name or its beginning tells several apart. */
export function find(manifests: readonly Json[], kind: string, name = ''): Json {
  const found = manifests.filter(({ kind: own, metadata }) => own === kind && metadata.name.startsWith(name));
  const exact = found.filter((manifest) => manifest.metadata.name === name);
  const [one, ...more] = exact.length > 0 ? exact : found;
  if (one === undefined || more.length > 0) throw new Error(`${exact.length || found.length} objects are a ${kind} named ${name || 'anything'}`);
  return one;
}

/** The template of the server's pods. */
export function podTemplate(manifests: readonly Json[]): Json {
  return find(manifests, 'StatefulSet').spec.template;
}

/** Every pod spec of a program: the server's and those of the Jobs. */
export function podSpecs(manifests: readonly Json[]): Json[] {
  return manifests.flatMap(({ kind, spec }) =>
    kind === 'StatefulSet' ? [spec.template.spec] : kind === 'CronJob' ? [spec.jobTemplate.spec.template.spec] : []);
}

/** Every value of a tree with its path. */
export function leaves(value: unknown, path = ''): { readonly path: string; readonly value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, `${path}/${key}`));
}
