import * as fs from 'node:fs';
import * as path from 'node:path';

/** Scripts by file name. */
export type Scripts = Readonly<Record<string, string>>;

/** The one script that servers and Jobs have in common. */
const SHARED = 'common.sh';

let scripts: { readonly server: Scripts; readonly jobs: Scripts } | undefined;

/** What runs in the server's pods. */
export function serverScripts(): Scripts {
  return readOnce().server;
}

/** What runs in the pods of Jobs. */
export function jobScripts(): Scripts {
  return readOnce().jobs;
}

/** The only place that reads files: the folder stands beside this file in the sources and in the package alike. */
function readOnce(): { readonly server: Scripts; readonly jobs: Scripts } {
  if (scripts === undefined) {
    const directory = path.join(__dirname, 'runtime');
    const names = fs.readdirSync(directory).filter((name) => name.endsWith('.sh')).sort();
    const read = (belongs: (name: string) => boolean): Scripts => Object.freeze(Object.fromEntries(
      names.filter(belongs).map((name) => [name, fs.readFileSync(path.join(directory, name), 'utf8')])));
    scripts = { server: read((name) => !isJobScript(name)), jobs: read((name) => isJobScript(name) || name === SHARED) };
  }
  return scripts;
}

function isJobScript(name: string): boolean {
  return /^(backup|restore)/.test(name);
}
