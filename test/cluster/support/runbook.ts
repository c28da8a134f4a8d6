import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest, Namespace } from './namespace';

const PAGES = join(__dirname, '../../../docs/runbooks');

interface Block {
  readonly heading: string;
  readonly text: string;
}

/** One page of docs/runbooks, whose commands are run as they stand there: only the namespace, `shop` unless told, is another one, and what `names` names. */
export class Runbook {
  private readonly blocks: readonly Block[];
  private readonly folder = mkdtempSync(join(tmpdir(), 'cdk8s-postgres-runbook-'));

  public constructor(
    private readonly page: string, private readonly namespace: Namespace,
    private readonly names: Readonly<Record<string, string>> = {}, private readonly documented = /\bshop\b(?!\.k8s)/g,
  ) {
    this.blocks = blocksOf(readFileSync(join(PAGES, page), 'utf8'));
    mkdirSync(join(this.folder, 'dist'));
  }

  /** What the page calls `cdk8s synth`: the file that its commands apply. */
  public synthesize(manifests: readonly Manifest[], chart = 'shop'): void {
    writeFileSync(join(this.folder, 'dist', `${chart}.k8s.yaml`), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
  }

  /** Runs the one block (of a console: the one command) under the heading that begins like this, and fails as the command does. */
  public follow(heading: string, beginning: string, names = this.names): Promise<string> {
    return run(this.find(heading, beginning, names), this.folder);
  }

  /** Writes down what the page shows as a file, for `kubectl apply`. */
  public applyShown(heading: string, beginning: string): Promise<string> {
    return run(`kubectl apply -f - <<'END_OF_FILE'\n${this.find(heading, beginning)}\nEND_OF_FILE\n`, this.folder);
  }

  /** A file that its commands have written. */
  public read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  public delete(): void {
    rmSync(this.folder, { recursive: true });
  }

  private find(heading: string, beginning: string, names = this.names): string {
    const beginsSo = this.blocks.filter((block) => block.heading === heading && block.text.startsWith(beginning)).map(({ text }) => text);
    // one that is what others begin with is named as a whole
    const found = new Set(beginsSo.includes(beginning) ? [beginning] : beginsSo);
    if (found.size !== 1) throw new Error(`${this.page} has ${found.size} commands under "${heading}" that begin with: ${beginning}`);
    return Object.entries(names).reduce(
      (text, [name, ours]) => text.replaceAll(name, ours), [...found][0].replace(this.documented, this.namespace.name),
    );
  }
}

/** Fences of the page; of a console only what is typed, each command by itself. */
function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let fence: { readonly indent: string; readonly language: string; readonly lines: string[] } | undefined;
  for (const line of markdown.split('\n')) {
    const [, indent, language] = /^( *)```(\w*)$/.exec(line) ?? [];
    if (fence && language === '') {
      blocks.push(...commandsOf(fence.language, fence.lines).map((text) => ({ heading, text })));
      fence = undefined;
    } else if (fence) {
      fence.lines.push(line.slice(fence.indent.length));
    } else if (language) {
      fence = { indent, language, lines: [] };
    } else if (/^#+ /.test(line)) {
      heading = line.replace(/^#+ /, '');
    }
  }
  return blocks;
}

function commandsOf(language: string, lines: readonly string[]): string[] {
  return language === 'console' ? lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2)) : [lines.join('\n')];
}

/** As in a terminal whose user stops at the first command that fails. */
function run(script: string, folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // The program is synthesized by the test.
    const whole = `cdk8s() { [ "$*" = synth ]; }\n${script}`;
    const child = spawn('bash', ['-e', '-c', whole], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    // The whole group: a kubectl that waits would keep the pipes open.
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 240_000);
    let said = '';
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; said += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      if (status === 0) resolve(stdout);
      else reject(new Error(`${script}\nended with status ${status}\n${said}`));
    });
  });
}
