import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '../..');
const PEERS = ['cdk8s', 'constructs'];

/** A project with the compiled library and its peers installed, where programs are run as its users run them. */
export class Workspace {
  private readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk8s-postgres-bench-'));

  public constructor() {
    // A copy, so that a build at the same time does not change what is measured; links, so that both sides load the same peers.
    const library = this.path('node_modules/cdk8s-postgres');
    fs.mkdirSync(library, { recursive: true });
    fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(library, 'package.json'));
    fs.cpSync(path.join(ROOT, 'lib'), path.join(library, 'lib'), { recursive: true });
    for (const peer of PEERS) fs.symlinkSync(path.join(ROOT, 'node_modules', peer), this.path(`node_modules/${peer}`));
  }

  public path(name: string): string {
    return path.join(this.directory, name);
  }

  /** Writes a file and returns its path. */
  public write(name: string, text: string): string {
    fs.writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Loads a module of the workspace into this process. */
  public load<T>(file: string): T {
    return createRequire(this.path('here.js'))(file) as T;
  }

  public remove(): void {
    fs.rmSync(this.directory, { recursive: true });
  }
}
