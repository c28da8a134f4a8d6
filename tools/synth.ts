// `ts-node tools/synth.ts <folder> [arguments of cdk8s synth]`: runs the real `cdk8s synth` in the folder of an app and prints what it
// wrote: files with their sizes, objects, and findings of the library. Its exit status is that of cdk8s.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** Warnings of the library as Node prints them. */
const WARNING = /^\(node:\d+\) \[(PG\d{4})\] PostgresFinding: /gm;

function main([folder, ...options]: string[]): number {
  const directory = resolve(folder);
  const output = join(directory, outputOf(directory, options));
  // what an earlier run left there was not written by this one; the clock of a file system is a little coarser than ours
  const started = Date.now() - 50;
  const cdk8s = join(dirname(require.resolve('cdk8s-cli/package.json')), 'bin', 'cdk8s');
  const run = spawnSync(process.execPath, [cdk8s, 'synth', ...options], {
    cwd: directory, encoding: 'utf8', env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' }, maxBuffer: 2 ** 28,
  });
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  if (run.status !== 0) return run.status ?? 1;
  report(output, started, [...run.stderr.matchAll(WARNING)].map(([, code]) => code));
  return 0;
}

function outputOf(directory: string, options: readonly string[]): string {
  const given = options.findIndex((option) => option === '--output' || option === '-o');
  const configured = (parse(readFileSync(join(directory, 'cdk8s.yaml'), 'utf8')) as { output?: string }).output;
  return given >= 0 ? options[given + 1] : configured ?? 'dist';
}

function report(output: string, started: number, findings: readonly string[]): void {
  const files = existsSync(output)
    ? readdirSync(output, { recursive: true, encoding: 'utf8' }).map((file) => join(output, file))
      .filter((file) => statSync(file).isFile() && statSync(file).mtimeMs >= started).sort() : [];
  const objects = files.filter((file) => /\.yaml$/.test(file)).flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as { kind?: string; metadata?: { name: string } } | null));
  const named = objects.filter((object) => object?.kind !== undefined && object.metadata !== undefined);
  for (const file of files) console.log(`${relative(process.cwd(), file)}  ${statSync(file).size} bytes`);
  for (const object of named) console.log(`  ${object!.kind}/${object!.metadata!.name}`);
  for (const code of findings) console.log(`  ${code}`);
  console.log([count(files.length, 'file'), count(named.length, 'object'), count(findings.length, 'finding')].join(', '));
}

function count(amount: number, word: string): string {
  return `${amount} ${word}${amount === 1 ? '' : 's'}`;
}

process.exitCode = main(process.argv.slice(2));
