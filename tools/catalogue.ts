/**
 * Writes src/postgres/catalogue.json: every parameter that the servers 15 to 18 know, as their own pg_settings tells it.
 *
 * usage: npm run catalogue
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Catalogue, Parameter } from '../src/postgres/catalogue';
import { allServers, Server } from '../test/support/servers';

/** PostgreSQL refuses root; `nobody` is everywhere. */
const NOBODY = 65534;

/** Values that a server knows only where it was built with the library: ours were not, the official image's is. */
const BUILD_DEPENDENT: Readonly<Record<string, readonly string[]>> = {
  default_toast_compression: ['lz4'],
  io_method: ['io_uring'],
  wal_compression: ['lz4', 'zstd'],
};

interface Row {
  name: string;
  context: string;
  vartype: string;
  unit: string | null;
  enumvals: string[] | null;
  min_val: string | null;
  max_val: string | null;
}

async function rowsOf(server: Server): Promise<Row[]> {
  const { bin } = await server.bring();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'catalogue-'));
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const run = (program: string, args: string[], input?: string): string =>
    execFileSync(path.join(bin, program), args, { ...asNobody, cwd: directory, input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  try {
    if (asNobody.uid) fs.chownSync(directory, NOBODY, NOBODY);
    run('initdb', ['-D', `${directory}/data`, '--auth=peer', '--no-sync', '--locale=C', '-U', 'postgres']);
    // one line of JSON, since COPY would escape the line breaks
    const query = `copy (select replace(json_agg(s)::text, chr(10), '') from (
      select name, context, vartype, unit, enumvals, min_val, max_val from pg_settings order by name) s) to '${directory}/rows.json'`;
    const output = run('postgres', ['--single', '-D', `${directory}/data`, 'postgres'], `${query.replace(/\s+/g, ' ')};\n`);
    if (!fs.existsSync(`${directory}/rows.json`)) throw new Error(output);
    return JSON.parse(fs.readFileSync(`${directory}/rows.json`, 'utf8').replace(/\\\\/g, '\\'));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

/** One entry a parameter, as the newest major has it, with what older ones say otherwise. */
function merge(byMajor: ReadonlyMap<number, Row[]>): Catalogue {
  const catalogue: Record<string, Parameter> = {};
  for (const [major, rows] of [...byMajor].sort(([a], [b]) => b - a)) {
    for (const row of rows) {
      const newest = catalogue[row.name];
      const own = describe(row);
      const other = newest === undefined ? {} : differences(newest, own);
      catalogue[row.name] = {
        ...newest ?? own,
        majors: [major, ...newest?.majors ?? []],
        ...Object.keys(other).length === 0 ? {} : { byMajor: { ...newest?.byMajor, [major]: other } },
      };
    }
  }
  return Object.fromEntries(Object.entries(catalogue).sort(([a], [b]) => a < b ? -1 : 1));
}

function describe(row: Row): Parameter {
  const numbers = row.vartype === 'integer' || row.vartype === 'real';
  return {
    context: row.context,
    kind: row.vartype,
    majors: [],
    ...row.unit === null ? {} : { unit: row.unit },
    ...row.enumvals === null ? {} : { values: [...new Set([...row.enumvals, ...BUILD_DEPENDENT[row.name] ?? []])] },
    ...numbers && row.min_val !== null ? { min: Number(row.min_val) } : {},
    ...numbers && row.max_val !== null ? { max: Number(row.max_val) } : {},
  };
}

function differences(newest: Parameter, { majors: _, ...older }: Parameter): Partial<Parameter> {
  // the order of the values says nothing
  const comparable = (value: unknown): string => JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
  return Object.fromEntries(Object.entries(older).filter(([key, value]) => comparable(value) !== comparable(newest[key as keyof Parameter])));
}

async function main(): Promise<void> {
  const byMajor = new Map<number, Row[]>();
  for (const server of allServers) byMajor.set(server.major, await rowsOf(server));
  const lines = Object.entries(merge(byMajor)).map(([name, parameter]) => `  ${JSON.stringify(name)}: ${JSON.stringify(parameter)}`);
  fs.writeFileSync(path.join(__dirname, '../src/postgres/catalogue.json'), `{\n${lines.join(',\n')}\n}\n`);
  process.stdout.write(`${lines.length} parameters of PostgreSQL ${[...byMajor.keys()].join(', ')}\n`);
}

void main();
