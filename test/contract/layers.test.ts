import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const SRC = join(__dirname, '../../src');

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: number;
}

function sources(extension: string): Source[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(extension)).sort().map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    return { file, text, lines: text.split('\n').length - 1 };
  });
}

const modules = sources('.ts');
const scripts = sources('.sh');

/** Layers from the top; arrows go down only. `runtime.ts` hands the files of the lowest one to the builders. */
type Layer = 'API' | 'PLAN' | 'KUBERNETES' | 'POSTGRES' | 'RUNTIME';

function layerOf(file: string): Layer {
  if (file.startsWith('plan/')) return 'PLAN';
  if (file.startsWith('kubernetes/')) return 'KUBERNETES';
  if (file.startsWith('postgres/')) return 'POSTGRES';
  return file === 'runtime.ts' ? 'RUNTIME' : 'API';
}

/** A plan is made from value classes, so PLAN knows the API's types; nothing below PLAN does. */
const MAY_IMPORT: Readonly<Record<Layer, readonly Layer[]>> = {
  API: ['API', 'PLAN', 'KUBERNETES', 'POSTGRES'],
  PLAN: ['API', 'PLAN', 'POSTGRES'],
  KUBERNETES: ['KUBERNETES', 'PLAN', 'POSTGRES', 'RUNTIME'],
  POSTGRES: ['POSTGRES'],
  RUNTIME: [],
};

function importsOf({ text }: Pick<Source, 'text'>): string[] {
  return [...text.matchAll(/\bfrom '([^']+)'|\brequire\('([^']+)'\)|\bimport\('([^']+)'\)/g)].map(([, a, b, c]) => a ?? b ?? c);
}

/** Imports that go up, or out of the packages that a layer may know. */
export function wrongImports(source: Pick<Source, 'file' | 'text'>): string[] {
  const layer = layerOf(source.file);
  return importsOf(source).filter((name) => {
    if (name.endsWith('.json')) return layer !== 'POSTGRES';
    if (name.startsWith('.')) return !MAY_IMPORT[layer].includes(layerOf(`${relative(SRC, join(SRC, dirname(source.file), name))}.ts`.replace('kubernetes.ts', 'kubernetes/index.ts')));
    if (name.startsWith('node:')) return !(name === 'node:crypto' && layer === 'KUBERNETES') && layer !== 'RUNTIME';
    if (layer === 'KUBERNETES') return !name.startsWith('kubernetes-types/');
    return layer === 'POSTGRES' || !['cdk8s', 'constructs', 'cdk8s-plus-28'].includes(name);
  }).map((name) => `${source.file} imports ${name}`);
}

test('arrows between the layers go down only', () => {
  expect(modules.flatMap(wrongImports)).toEqual([]);
});

test.each([
  ['postgres/x.ts', "import { Size } from 'cdk8s';"],
  ['postgres/x.ts', "import { Plan } from '../plan/plan';"],
  ['kubernetes/x.ts', "import { Storage } from '../storage';"],
  ['kubernetes/x.ts', "import * as fs from 'node:fs';"],
  ['plan/x.ts', "import { statefulSet } from '../kubernetes/stateful-set';"],
  ['plan/x.ts', "import { serverScripts } from '../runtime';"],
  ['storage.ts', "const fs = require('fs');"],
])('%s must not contain: %s', (file, text) => {
  expect(wrongImports({ file, text })).toHaveLength(1);
});

test('cdk8s-plus is known by its types only', () => {
  const importing = modules.flatMap(({ file, text }) => [...text.matchAll(/^.*'cdk8s-plus-\d+'.*$/gm)].map(([line]) => ({ file, line })));
  expect(importing.filter(({ line }) => !line.startsWith('import type '))).toEqual([]);
});

test('builders decide nothing: no `??` and no `props`', () => {
  expect(modules.filter(({ file, text }) => file.startsWith('kubernetes/') && /\?\?|\bprops\./.test(text)).map(({ file }) => file)).toEqual([]);
});

test('one module reads files', () => {
  expect(modules.filter(({ text }) => /\b(node:)?fs\b|readFile/.test(importsOf({ text }).join())).map(({ file }) => file)).toEqual(['runtime.ts']);
});

test('nothing is random and nothing looks at the clock: output follows from input', () => {
  expect(modules.filter(({ text }) => /Math\.random|Date\.now|new Date\b|randomBytes|randomUUID/.test(text)).map(({ file }) => file)).toEqual([]);
});

test('environment variables are read in one place', () => {
  expect(modules.filter(({ text }) => text.includes('process.env')).map(({ file }) => file)).toEqual(['postgres-stateful-set.ts']);
});

test('modules have at most 400 lines, public ones 300 without their comments', () => {
  const code = ({ text }: Source) => text.replace(/\/\*[^]*?\*\//g, '').split('\n').filter((line) => line.trim() !== '').length;
  expect(modules.filter(({ lines }) => lines > 400).map(({ file }) => file)).toEqual([]);
  expect(modules.filter((source) => !source.file.includes('/') && code(source) > 300).map(({ file }) => file)).toEqual([]);
});

test('shell scripts have at most 150 lines', () => {
  expect(scripts.filter(({ lines }) => lines > 150).map(({ file, lines }) => `${file}: ${lines}`)).toEqual([]);
});

/** Functions above the limit; one that only lists other functions or props is as long as its list. */
function longFunctions(source: Source, limit: number): string[] {
  const tree = ts.createSourceFile(source.file, source.text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) {
      const [first, last] = [node.getStart(), node.getEnd()].map((position) => tree.getLineAndCharacterOfPosition(position).line);
      if (last - first + 1 > limit) found.push(`${source.file}: ${node.name?.getText() ?? 'function'} has ${last - first + 1} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

test('functions have at most 40 lines, the one that fills the whole plan aside', () => {
  expect(modules.flatMap((source) => longFunctions(source, 40)).filter((name) => !name.startsWith('plan/resolve.ts: resolvePlan'))).toEqual([]);
});

test('functions of shell scripts have at most 40 lines', () => {
  const long = scripts.flatMap(({ file, text }) => [...text.matchAll(/^(\w+)\(\) \{\n([^]*?)^\}/gm)]
    .filter(([, , body]) => body.split('\n').length > 41).map(([, name]) => `${file}: ${name}`));
  expect(long).toEqual([]);
});

test('no unfinished work is committed', () => {
  expect([...modules, ...scripts].filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text)).map(({ file }) => file)).toEqual([]);
});
