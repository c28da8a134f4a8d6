import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import type { Json } from '../find';

const VERSION = 'external-secrets.io/v1';

/** Made from the definitions of the operator. Its modules are of the kind that cannot be required, so another Node.js asks them. */
const FOLDER = join(__dirname, '../../../node_modules/@kubernetes-models/external-secrets', VERSION);

const QUESTION = `
  import { readFileSync } from 'node:fs';
  const { ExternalSecret } = await import(${JSON.stringify(`file://${FOLDER}/ExternalSecret.js`)});
  try { new ExternalSecret(JSON.parse(readFileSync(0, 'utf8'))).validate(); } catch ({ message }) { console.log(message); }
`;

const answers = new Map<string, string[]>();

/** Why an ExternalSecret is not valid, or nothing: wrong types, words and missing fields, unknown fields too. */
export function externalSecretViolations(manifest: Json): string[] {
  const text = JSON.stringify(manifest);
  const known = answers.get(text);
  if (known !== undefined) return known;
  const wrong = manifest.apiVersion === VERSION ? [] : [`ExternalSecret has the version ${manifest.apiVersion}, not ${VERSION}`];
  const answer = [...wrong, ...ask(text), ...unknown('ExternalSecret', manifest, '')];
  answers.set(text, answer);
  return answer;
}

function ask(text: string): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', QUESTION], { input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the schema of ExternalSecret cannot be asked, is @kubernetes-models/external-secrets installed? ${stderr}`);
  return stdout === '' ? [] : [stdout.trim()];
}

/** The schemas let fields pass that they do not name. The types beside them name all: one file for each. */
function unknown(type: string, value: Json, path: string): string[] {
  const file = join(FOLDER, `${type}.d.ts`);
  if (!existsSync(file) || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one, index) => unknown(type, one, `${path}/${index}`));
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found = source.statements.find((one): one is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(one) && one.name.text === `I${type}`);
  if (found === undefined) return [];
  const fields = new Map(found.members.filter(ts.isPropertySignature).map((field) => [(field.name as ts.StringLiteral).text, typeOf(field.type)]));
  return Object.entries<Json>(value).flatMap(([name, inner]) =>
    fields.has(name) ? unknown(fields.get(name)!, inner, `${path}/${name}`) : [`${path} must not have "${name}"`]);
}

/** The last word of a type's long name, which is that of its file; of a list, that of its elements. */
function typeOf(type: ts.TypeNode | undefined): string {
  if (type === undefined || !ts.isTypeReferenceNode(type)) return '';
  const [element] = type.typeArguments ?? [];
  return element === undefined ? /V1(\w+)$/.exec((type.typeName as ts.Identifier).text)?.[1] ?? '' : typeOf(element);
}
