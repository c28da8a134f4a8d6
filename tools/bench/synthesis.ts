import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { baselineProgram } from './baseline';
import { Programs } from './processes';
import { Layout, quickStartObjects, writeQuickStart } from './quick-start';
import { Comparison, compare } from './report';
import type { Workspace } from './workspace';

/** Loading the library against loading what it cannot do without. */
export function measureImport(workspace: Workspace, pairs: number): Comparison {
  const ours = workspace.write('import-ours.cjs', "require('cdk8s-postgres');\n");
  const baseline = workspace.write('import-cdk8s.cjs', "require('cdk8s');\n");
  return compare("require('cdk8s-postgres') / require('cdk8s')", new Programs(workspace).compare(pairs, [ours], [baseline]), 1.10);
}

/** Synthesizing databases against synthesizing the same objects as literals; refuses to compare what does not write the same bytes. */
export function measureSynthesis(workspace: Workspace, count: number, layout: Layout, pairs: number, goal?: number): Comparison {
  const [oursOut, baselineOut] = [workspace.path('output-ours'), workspace.path('output-baseline')];
  const runs = new Programs(workspace).compare(pairs,
    [writeQuickStart(workspace), `${count}`, layout, oursOut], [writeBaseline(workspace, count, layout), baselineOut]);
  const [ours, baseline] = [outputOf(oursOut), outputOf(baselineOut)];
  if (ours.hash !== baseline.hash) throw new Error(`the library and the program without it write different bytes for ${count} databases in ${layout}`);
  for (const directory of [oursOut, baselineOut]) fs.rmSync(directory, { recursive: true });
  const what = `${count} database${count === 1 ? '' : 's'}, ${layout} / raw ApiObjects`;
  return compare(what, runs, goal, `both write the same ${ours.bytes} bytes, sha256 ${ours.hash.slice(0, 12)}`);
}

/** Path of the program without the library for that many databases. */
export function writeBaseline(workspace: Workspace, count: number, layout: Layout): string {
  return workspace.write('baseline.cjs', baselineProgram(quickStartObjects(workspace, count), layout));
}

/** A fingerprint of all files of a folder and their names. */
function outputOf(directory: string): { readonly hash: string; readonly bytes: number } {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const name of fs.readdirSync(directory).sort()) {
    const content = fs.readFileSync(path.join(directory, name));
    hash.update(`${name} ${content.length}\n`).update(content);
    bytes += content.length;
  }
  return { hash: hash.digest('hex'), bytes };
}
