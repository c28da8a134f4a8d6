import { Construct } from 'constructs';
import type { Additions } from './additions';
import type { Request } from './resolve';

/** What is wrong with an element of a list that is none, and what helps. */
export const HOLE = { cause: 'is no element of a list', cure: 'give what was meant, or leave it out of the list' };

/** The elements of lists that untyped callers and other languages left null, by their path in the user's words. */
export function findHoles(value: unknown, path: string): string[] {
  // a construct of an untyped caller leads round to the whole program
  if (typeof value !== 'object' || value === null || Construct.isConstruct(value)) return [];
  if (!Array.isArray(value)) return Object.entries(value).flatMap(([key, child]) => findHoles(child, pathOf(path, key)));
  // an array with gaps is walked over them
  return Array.from(value, (element: unknown, index) => element == null ? [`${path}[${index}]`] : findHoles(element, `${path}[${index}]`)).flat();
}

/** What our value classes keep of a call: `HbaRule.host({ roles })` has its roles in `_options`. */
function pathOf(path: string, key: string): string {
  if (key === '_options') return path;
  return [...path === '' ? [] : [path], key.replace(/^_/, '')].join('.');
}

/** The same request with lists that everything else can go through, and what they had to lose for it. */
export function withoutHoles(request: Request): { readonly request: Request; readonly holes: readonly string[] } {
  const holes = [...new Set([...findHoles(request.props, ''), ...holesOfAdditions(request.additions)])];
  return { request: holes.length === 0 ? request : { ...request, props: closed(request.props), additions: closed(request.additions) }, holes };
}

function holesOfAdditions({ databases, roles, clients, destinations }: Additions): string[] {
  return [
    ...databases.flatMap(({ name, options }) => findHoles(options, `addDatabase("${name}")`)),
    ...roles.flatMap(({ name, options }) => findHoles(options, `addRole("${name}")`)),
    ...clients.flatMap(({ ports }) => findHoles(ports, 'connections.allowFrom.ports')),
    ...destinations.flatMap(({ ports }) => findHoles(ports, 'connections.allowTo.ports')),
  ];
}

/** A copy of what has a hole in it, of the same class; everything else stays itself: two mounts of one volume mount one volume. */
function closed<T>(value: T): T {
  if (findHoles(value, '').length === 0) return value;
  if (Array.isArray(value)) return value.filter((element) => element != null).map(closed) as T;
  const copy = Object.create(Object.getPrototypeOf(value) as object) as T;
  return Object.assign(copy as object, Object.fromEntries(Object.entries(value as object).map(([key, child]) => [key, closed(child)]))) as T;
}
