import type { Json } from './find';

/** A member of the public API: a property, a method, a parameter, an enum's member, or a type itself. */
export interface Entry {
  /** `Type.member` or `Type.method(parameter)`. */
  readonly path: string;
  readonly owner: string;
  readonly name: string;
  readonly kind: 'type' | 'property' | 'method' | 'parameter' | 'constant';
  readonly docs: Json;
  readonly optional: boolean;
  readonly type: Json;
  /** Inherited documentation stands at the interface or base class. */
  readonly inherited: boolean;
}

/** Everything that a user of the library can see, flat. */
export function entriesOf(assembly: Json): Entry[] {
  return Object.values<Json>(assembly.types).flatMap((type): Entry[] => [
    { path: type.name, owner: type.name, name: type.name, kind: 'type', docs: type.docs ?? {}, optional: false, type: undefined, inherited: false },
    ...(type.properties ?? []).map((property: Json) => member(type, property, property.const ? 'constant' : 'property', property.type)),
    ...(type.members ?? []).map((one: Json) => member(type, one, 'constant', undefined)),
    ...(type.methods ?? []).flatMap((method: Json) => [member(type, method, 'method', method.returns?.type), ...parametersOf(type, method)]),
    ...type.initializer === undefined ? [] : parametersOf(type, type.initializer),
  ]);
}

function member(type: Json, one: Json, kind: Entry['kind'], ofType: Json): Entry {
  return {
    path: `${type.name}.${one.name}`,
    owner: type.name,
    name: one.name,
    kind,
    docs: one.docs ?? {},
    optional: one.optional === true,
    type: ofType,
    inherited: one.overrides !== undefined,
  };
}

function parametersOf(type: Json, method: Json): Entry[] {
  return (method.parameters ?? []).map((parameter: Json): Entry => ({
    path: `${type.name}.${method.name ?? 'constructor'}(${parameter.name})`,
    owner: type.name,
    name: parameter.name,
    kind: 'parameter',
    docs: parameter.docs ?? {},
    optional: parameter.optional === true,
    type: parameter.type,
    inherited: false,
  }));
}

const paths = (entries: readonly Entry[]): string[] => entries.map(({ path }) => path);

export function undocumented(assembly: Json): string[] {
  return paths(entriesOf(assembly).filter(({ docs, inherited }) => !inherited && !docs.summary?.trim()));
}

/** Optional properties of structs whose documentation does not say what happens without them. */
export function withoutDefault(assembly: Json): string[] {
  return paths(entriesOf(assembly).filter(({ kind, optional, docs }) => kind === 'property' && optional && !docs.default));
}

/** Types that some language of jsii cannot tell apart. */
export function vague(assembly: Json): string[] {
  const isVague = (type: Json): boolean => type !== undefined && (type.union !== undefined || ['any', 'json'].includes(type.primitive)
    || (type.collection !== undefined && isVague(type.collection.elementtype)));
  return paths(entriesOf(assembly).filter(({ type }) => isVague(type)));
}

/** Counts, ordinals, ports and ids of users, which have no unit, and the amounts that the factories of a quantity take. */
const PLAIN_NUMBERS = [
  /^(port|ports|ordinal|primaryOrdinal|count|instances|quorum|keepLast|daily|weekly|monthly|minimum|parallelJobs|connectionLimit|syncWave|runAsUser|runAsGroup)$/,
];
const FACTORIES_OF_QUANTITIES = ['Cpu.millis(amount)', 'Cpu.units(amount)'];

export function bareNumbers(assembly: Json): string[] {
  const isNumber = (type: Json): boolean => type?.primitive === 'number' || (type?.collection !== undefined && isNumber(type.collection.elementtype));
  return paths(entriesOf(assembly).filter(({ path, name, type }) =>
    isNumber(type) && !PLAIN_NUMBERS.some((plain) => plain.test(name)) && !FACTORIES_OF_QUANTITIES.includes(path)));
}

const RESERVED = new Set([
  // Python
  'and', 'as', 'assert', 'async', 'await', 'break', 'class', 'continue', 'def', 'del', 'elif', 'else', 'except', 'finally', 'for', 'from', 'global',
  'if', 'import', 'in', 'is', 'lambda', 'nonlocal', 'not', 'or', 'pass', 'raise', 'return', 'try', 'while', 'with', 'yield', 'none', 'true', 'false', 'print',
  // Java
  'abstract', 'boolean', 'byte', 'case', 'catch', 'char', 'const', 'default', 'do', 'double', 'enum', 'extends', 'final', 'float', 'goto',
  'implements', 'instanceof', 'int', 'interface', 'long', 'native', 'new', 'null', 'package', 'private', 'protected', 'public', 'short', 'static',
  'strictfp', 'super', 'switch', 'synchronized', 'this', 'throw', 'throws', 'transient', 'void', 'volatile', 'build', 'var',
  // Go
  'chan', 'defer', 'fallthrough', 'func', 'go', 'map', 'range', 'select', 'struct', 'type',
  // C#
  'base', 'bool', 'checked', 'decimal', 'delegate', 'event', 'explicit', 'extern', 'fixed', 'foreach', 'implicit', 'internal', 'lock', 'namespace',
  'object', 'operator', 'out', 'override', 'params', 'readonly', 'ref', 'sbyte', 'sealed', 'sizeof', 'stackalloc', 'string', 'typeof', 'uint', 'ulong',
  'unchecked', 'unsafe', 'ushort', 'using', 'virtual',
]);

/** Members and parameters that a language would rename, and members that are named like their class. */
export function reservedWords(assembly: Json): string[] {
  return paths(entriesOf(assembly).filter(({ kind, name, owner }) =>
    kind !== 'type' && kind !== 'constant' && (RESERVED.has(name) || (kind !== 'parameter' && name.toLowerCase() === owner.toLowerCase()))));
}

/** The words that names are made of: `walSegmentSize` has three. */
export function wordsOf(name: string): string[] {
  return name.split(/_|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/).filter((word) => word !== '').map((word) => word.toLowerCase());
}

export function misspelt(assembly: Json, dictionary: ReadonlySet<string>): string[] {
  return entriesOf(assembly).flatMap(({ path, name }) => wordsOf(name).filter((word) => !dictionary.has(word)).map((word) => `${path}: ${word}`));
}

/** Documented defaults that are values, not sentences. */
export function literalDefaults(assembly: Json): Record<string, string> {
  return Object.fromEntries(entriesOf(assembly).filter(({ kind, docs }) => kind === 'property' && docs.default && !docs.default.startsWith('- '))
    .map(({ path, docs }) => [path, docs.default]));
}
