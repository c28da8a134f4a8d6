import Ajv, { SchemaObject, ValidateFunction } from 'ajv';
import type { Json } from './find';
import { assembly, KUBERNETES } from './schema/assembly';
import { CLOSED_SETS } from './schema/closed-sets';
import { CUSTOM_KINDS, customViolations } from './schema/custom-resources';
import { intOrString, NAMES, quantity, TEXTS } from './schema/texts';

export { KUBERNETES } from './schema/assembly';

/** Must have ended before the first question: some schemas are brought. */
export async function bringSchemas(): Promise<void> {
  for (const minor of KUBERNETES) {
    if (!loaded.has(minor)) loaded.set(minor, build(minor, (await assembly(minor)).types));
  }
}

/** Why a manifest is not valid in a version of Kubernetes, or nothing: unknown and missing fields, wrong types, words and names are all wrong. */
export function violations(minor: number, manifest: Json): string[] {
  if (CUSTOM_KINDS.includes(manifest.kind)) return [...customViolations(manifest), ...violations(minor, asConfigMap(manifest))];
  const validate = validatorFor(minor, manifest.kind);
  return validate(manifest) ? [] : (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${manifest.kind} ${manifest.metadata?.name}${instancePath} ${message} ${JSON.stringify(params)}`);
}

/** The metadata of every object follows the same rules. */
function asConfigMap({ metadata }: Json): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

interface Schemas {
  readonly ajv: Ajv;
  readonly kinds: Readonly<Record<string, string>>;
}

const loaded = new Map<number, Schemas>();

function validatorFor(minor: number, kind: string): ValidateFunction {
  const schemas = loaded.get(minor);
  if (schemas === undefined) throw new Error(`the schemas of Kubernetes 1.${minor} are not there: await bringSchemas()`);
  const { ajv, kinds } = schemas;
  const validate = kind in kinds ? ajv.getSchema(`k#/definitions/${kinds[kind]}`) : undefined;
  if (validate === undefined) throw new Error(`Kubernetes 1.${minor} has no ${kind}`);
  return validate;
}

function build(minor: number, all: Json): Schemas {
  const builder = new Builder(`cdk8s-plus-${minor}.k8s.`, all);
  const definitions = builder.definitions();
  builder.demandThatEveryRuleWasUsed(minor);
  // no format is asserted in the schemas, and a union of a text and a number is meant
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false }).addSchema({ $id: 'k', definitions });
  return { ajv, kinds: builder.kinds };
}

/** What our own tables say about a field, by its name in the API. */
function ruleOf(field: string): SchemaObject {
  const words = CLOSED_SETS[field];
  return words === undefined ? TEXTS[field] ?? {} : { enum: words };
}

/** Makes JSON schemas of the types of one release. */
class Builder {
  public readonly kinds: Record<string, string> = {};
  private readonly used = new Set<string>();

  public constructor(private readonly prefix: string, private readonly all: Json) {}

  public definitions(): Record<string, SchemaObject> {
    const types = Object.entries<Json>(this.all).filter(([name, { kind }]) => name.startsWith(this.prefix) && kind === 'interface');
    return Object.fromEntries(types.map(([, type]) => [type.name, this.definition(type)]));
  }

  /** A rule whose field is misspelled, or is in no type any more, would hold nothing. */
  public demandThatEveryRuleWasUsed(minor: number): void {
    const unused = [...Object.keys(CLOSED_SETS), ...Object.keys(TEXTS)].filter((field) => !this.used.has(field));
    if (unused.length > 0) throw new Error(`Kubernetes 1.${minor} has no field ${unused.join(', ')}`);
  }

  private definition(type: Json): SchemaObject {
    const schema = this.objectSchema(type);
    const [, kind] = /^Kube(.*)Props$/.exec(type.name) ?? [];
    if (kind === undefined) return schema;
    this.kinds[kind] = type.name;
    const { metadata } = schema.properties;
    const isObject = metadata?.$ref === '#/definitions/ObjectMeta';
    const properties = {
      ...schema.properties,
      apiVersion: apiVersion(type.docs.custom.schema),
      kind: { const: kind },
      ...isObject && { metadata: { allOf: [metadata, { required: ['name'], properties: { name: NAMES[kind] ?? {} } }] } },
    };
    const required = new Set([...schema.required, 'apiVersion', 'kind', ...isObject ? ['metadata'] : []]);
    return { ...schema, properties, required: [...required] };
  }

  private objectSchema({ properties = [] }: Json): SchemaObject {
    const named = properties.map((property: Json) => ({ ...property, json: property.docs?.custom?.schema?.split('#')[1] ?? property.name }));
    return {
      type: 'object',
      properties: Object.fromEntries(named.map((property: Json) => [property.json, this.fieldSchema(property)])),
      required: named.filter(({ optional }: Json) => !optional).map(({ json }: Json) => json),
      additionalProperties: false,
    };
  }

  private fieldSchema({ type, docs }: Json): SchemaObject {
    const schema = this.typeSchema(type);
    const field = String(docs?.custom?.schema).replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis)\./, '');
    this.used.add(field);
    return schema.type === 'array' && field in CLOSED_SETS ? { ...schema, items: ruleOf(field) } : { ...schema, ...ruleOf(field) };
  }

  private typeSchema({ primitive, collection, union, fqn }: Json): SchemaObject {
    if (primitive !== undefined) return primitiveSchema(primitive);
    if (collection !== undefined) {
      const element = this.typeSchema(collection.elementtype);
      return collection.kind === 'array' ? { type: 'array', items: element } : { type: 'object', additionalProperties: element };
    }
    if (union !== undefined) return { anyOf: union.types.map((one: Json) => this.typeSchema(one)) };
    if (fqn.endsWith('.Quantity')) return quantity;
    if (fqn.endsWith('.IntOrString')) return intOrString;
    // the one enum is the kind of DeleteOptions, which no manifest has
    return fqn.startsWith(this.prefix) && this.all[fqn]?.kind !== 'enum' ? { $ref: `#/definitions/${fqn.slice(this.prefix.length)}` } : {};
  }
}

/** The API has broken numbers only in the schemas of custom resources, which no manifest of ours is. */
function primitiveSchema(primitive: string): SchemaObject {
  if (primitive === 'any' || primitive === 'json') return {};
  return { type: primitive === 'date' ? 'string' : primitive === 'number' ? 'integer' : primitive };
}

/** Groups whose name in a manifest is not that of their types are left open. */
function apiVersion(type: string): SchemaObject {
  const [, group, version] = /^io\.k8s\.api\.(apps|batch|autoscaling|policy|core)\.(\w+)\./.exec(type) ?? [];
  if (group === undefined) return { type: 'string' };
  return { const: group === 'core' ? version : `${group}/${version}` };
}
