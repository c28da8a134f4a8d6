import type { Layout } from './quick-start';

/** Texts of this length and more stand once in the program, as an author would write them. */
const LONG = 200;

export interface Database {
  readonly name: string;
  readonly objects: readonly unknown[];
}

/**
 * The program that somebody writes who has no library: the same objects as literals, each an ApiObject, the name put in by concatenation,
 * scripts as constants. Its argument is the folder of the output.
 */
export function baselineProgram(databases: readonly Database[], layout: Layout): string {
  const writer = new LiteralWriter(databases.map(({ name }) => name));
  const statements = databases[0].objects.map((_, index) => {
    const literal = writer.write(databases.map(({ objects }) => withoutNamespace(objects[index])));
    return `  new ApiObject(chart, name + '-${index}', ${literal});`;
  });
  return [
    "'use strict';",
    "const { ApiObject, App, Chart } = require('cdk8s');",
    ...writer.constants(),
    'const app = new App({ outdir: process.argv[2] });',
    ...layout === 'one chart' ? ["const chart = new Chart(app, 'shop', { namespace: 'shop' });"] : [],
    `for (const [name, ...own] of ${writer.rows()}) {`,
    ...layout === 'one chart' ? [] : ["  const chart = new Chart(app, 'shop-' + name, { namespace: 'shop' });"],
    ...statements,
    '}',
    'app.synth();',
    '',
  ].join('\n');
}

/** The chart puts it in, with the library and without. */
function withoutNamespace(object: unknown): unknown {
  const { metadata: { namespace, ...metadata }, ...rest } = object as { metadata: { namespace: string } };
  return { ...rest, metadata };
}

/** Writes one literal for the same place in all databases. */
class LiteralWriter {
  private readonly texts = new Map<string, string>();
  private readonly columns = new Map<string, { readonly values: readonly string[]; readonly expression: string }>();

  public constructor(private readonly names: readonly string[]) {}

  public write(values: readonly unknown[]): string {
    const [first] = values;
    if (typeof first === 'string') return this.text(values as string[]);
    if (typeof first !== 'object' || first === null) return JSON.stringify(first);
    if (Array.isArray(first)) return `[${first.map((_, index) => this.write((values as unknown[][]).map((list) => list[index]))).join(', ')}]`;
    const entries = Object.keys(first).map((key) => `${JSON.stringify(key)}: ${this.write(values.map((value) => (value as Record<string, unknown>)[key]))}`);
    return `{ ${entries.join(', ')} }`;
  }

  public constants(): string[] {
    return [...this.texts].map(([text, constant]) => `const ${constant} = ${JSON.stringify(text)};`);
  }

  /** A row for each database: its name, and what differs by more than the name, such as a hash of what the name is in. */
  public rows(): string {
    return JSON.stringify(this.names.map((name, index) => [name, ...[...this.columns.values()].map(({ values }) => values[index])]));
  }

  private text(values: readonly string[]): string {
    const pieces = values[0].split(this.names[0]);
    if (!values.every((value, index) => value === pieces.join(this.names[index]))) return this.column(values);
    if (pieces.length > 1) return pieces.map((piece) => JSON.stringify(piece)).join(' + name + ');
    return values[0].length < LONG ? JSON.stringify(values[0]) : this.constant(values[0]);
  }

  private column(values: readonly string[]): string {
    const key = values.join('\n');
    const column = this.columns.get(key) ?? { values, expression: `own[${this.columns.size}]` };
    this.columns.set(key, column);
    return column.expression;
  }

  private constant(text: string): string {
    const constant = this.texts.get(text) ?? `TEXT_${this.texts.size}`;
    this.texts.set(text, constant);
    return constant;
  }
}
