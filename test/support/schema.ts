import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Ajv, { SchemaObject, ValidateFunction } from 'ajv';
import type { Json } from './find';

/** The minors of Kubernetes 1 whose API structs an installed cdk8s-plus carries. */
export const KUBERNETES = [28, 29, 30, 31, 32, 33, 34];

/** Why a manifest is not valid in a version of Kubernetes, or nothing: unknown fields, wrong types and missing ones are all wrong. */
export function violations(minor: number, manifest: Json): string[] {
  const validate = validatorFor(minor, manifest.kind);
  return validate(manifest) ? [] : (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${manifest.kind} ${manifest.metadata?.name}${instancePath} ${message} ${JSON.stringify(params)}`);
}

interface Schemas {
  readonly ajv: Ajv;
  readonly kinds: Readonly<Record<string, string>>;
}

const loaded = new Map<number, Schemas>();

function validatorFor(minor: number, kind: string): ValidateFunction {
  const { ajv, kinds } = loaded.get(minor) ?? build(minor);
  const validate = kind in kinds ? ajv.getSchema(`k#/definitions/${kinds[kind]}`) : undefined;
  if (validate === undefined) throw new Error(`Kubernetes 1.${minor} has no ${kind}`);
  return validate;
}

function build(minor: number): Schemas {
  const prefix = `cdk8s-plus-${minor}.k8s.`;
  const types: [string, Json][] = Object.entries<Json>(assembly(minor).types).filter(([name, { kind }]) => name.startsWith(prefix) && kind === 'interface');
  const kinds: Record<string, string> = {};
  const definitions = Object.fromEntries(types.map(([, type]) => {
    const schema = objectSchema(prefix, type);
    const [, kind] = /^Kube(.*)Props$/.exec(type.name) ?? [];
    if (kind === undefined) return [type.name, schema];
    kinds[kind] = type.name;
    return [type.name, { ...schema, properties: { ...schema.properties, apiVersion: { type: 'string' }, kind: { const: kind } } }];
  }));
  // no format is asserted in the schemas, and a union of a text and a number is meant
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false }).addSchema({ $id: 'k', definitions });
  const schemas = { ajv, kinds };
  loaded.set(minor, schemas);
  return schemas;
}

function objectSchema(prefix: string, { properties = [] }: Json): SchemaObject {
  const named = properties.map((property: Json) => ({ ...property, json: property.docs?.custom?.schema?.split('#')[1] ?? property.name }));
  return {
    type: 'object',
    properties: Object.fromEntries(named.map(({ json, type }: Json) => [json, typeSchema(prefix, type)])),
    required: named.filter(({ optional }: Json) => !optional).map(({ json }: Json) => json),
    additionalProperties: false,
  };
}

function typeSchema(prefix: string, { primitive, collection, union, fqn }: Json): SchemaObject {
  if (primitive !== undefined) return primitive === 'any' || primitive === 'json' ? {} : { type: primitive === 'date' ? 'string' : primitive };
  if (collection !== undefined) {
    const element = typeSchema(prefix, collection.elementtype);
    return collection.kind === 'array' ? { type: 'array', items: element } : { type: 'object', additionalProperties: element };
  }
  if (union !== undefined) return { anyOf: union.types.map((one: Json) => typeSchema(prefix, one)) };
  if (/\.(Quantity|IntOrString)$/.test(fqn)) return { type: ['string', 'number'] };
  // enums are texts, and their values differ from release to release
  return fqn.startsWith(prefix) && !isEnum(prefix, fqn) ? { $ref: `#/definitions/${fqn.slice(prefix.length)}` } : {};
}

function isEnum(prefix: string, fqn: string): boolean {
  return assembly(Number(/-(\d+)\./.exec(prefix)![1])).types[fqn]?.kind === 'enum';
}

const assemblies = new Map<number, Json>();

function assembly(minor: number): Json {
  if (!assemblies.has(minor)) {
    const directory = dirname(require.resolve(`cdk8s-plus-${minor}/package.json`));
    const found = JSON.parse(readFileSync(join(directory, '.jsii'), 'utf8'));
    assemblies.set(minor, found.schema === 'jsii/file-redirect' ? JSON.parse(gunzipSync(readFileSync(join(directory, found.filename))).toString()) : found);
  }
  return assemblies.get(minor);
}
