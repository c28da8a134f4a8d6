import { readFileSync } from 'node:fs';
import * as ts from 'typescript';
import { externalSecretViolations } from './external-secret';
import type { Json } from '../find';

/** Where the schema of a kind is that Kubernetes does not know: a package made from the definitions that an operator brings. */
const SOURCES: Readonly<Record<string, { readonly apiVersion: string; readonly module: string }>> = {
  Certificate: { apiVersion: 'cert-manager.io/v1', module: '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate' },
};

/** The kinds that a cluster knows only with an operator in it. */
export const CUSTOM_KINDS: readonly string[] = [...Object.keys(SOURCES), 'ExternalSecret'];

/** Why the object is not valid, or nothing: wrong types, words and missing fields by the operator's schema, unknown fields too. */
export function customViolations(manifest: Json): string[] {
  if (manifest.kind === 'ExternalSecret') return externalSecretViolations(manifest);
  const { apiVersion, module } = SOURCES[manifest.kind];
  const wrong = manifest.apiVersion === apiVersion ? [] : [`${manifest.kind} has the version ${manifest.apiVersion}, not ${apiVersion}`];
  return [...wrong, ...schemaErrors(module, manifest), ...unknownFields(shapeOf(module, `I${manifest.kind}`), manifest, '')];
}

function schemaErrors(module: string, manifest: Json): string[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const Model = require(module)[manifest.kind];
  try {
    new Model(manifest).validate();
    return [];
  } catch (failure) {
    return [(failure as Error).message];
  }
}

/** Names of fields, each with those below it; undefined where everything may stand. */
interface Shape {
  readonly [field: string]: Shape | undefined;
}

/** The schemas let fields pass that they do not name. The types beside them name all. */
function unknownFields(shape: Shape | undefined, value: Json, path: string): string[] {
  if (shape === undefined || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one, index) => unknownFields(shape, one, `${path}/${index}`));
  return Object.entries<Json>(value).flatMap(([name, inner]) =>
    Object.hasOwn(shape, name) ? unknownFields(shape[name], inner, `${path}/${name}`) : [`${path} must not have "${name}"`]);
}

function shapeOf(module: string, name: string): Shape {
  const file = require.resolve(module).replace(/\.js$/, '.d.ts');
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found = source.statements.find((one): one is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(one) && one.name.text === name);
  if (found === undefined) throw new Error(`${file} has no ${name}`);
  return membersOf(found.members);
}

function membersOf(members: ts.NodeArray<ts.TypeElement>): Shape {
  return Object.fromEntries(members.filter(ts.isPropertySignature)
    .map(({ name, type }) => [(name as ts.StringLiteral | ts.Identifier).text, fieldsOf(type)]));
}

function fieldsOf(type: ts.TypeNode | undefined): Shape | undefined {
  if (type !== undefined && ts.isTypeReferenceNode(type)) return fieldsOf(type.typeArguments?.[0]);
  // a map of the user's own names
  if (type === undefined || !ts.isTypeLiteralNode(type) || type.members.some(ts.isIndexSignatureDeclaration)) return undefined;
  return membersOf(type.members);
}
