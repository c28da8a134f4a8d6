import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerFiles } from '../servers';
import { Files, Mount, PodDescription } from './description';
import { Names, namesDirectory, namesFiles, writeNames } from './names';
import { Identity } from './namespaces';
import { Programs, programsFor } from './programs';
import { removeTemporary, temporaryDirectory } from './temporary';
import { freshVolume, writeFiles } from './volumes';

/** What a pod has on this machine besides its processes: one temporary directory. */
export class PodHome {
  readonly directory = temporaryDirectory('pod');
  readonly hostname: string;
  readonly identity: Identity;
  /** Of the container's command. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of what comes in from outside: the same, but nothing is counted. */
  readonly execEnvironment: Readonly<Record<string, string>>;
  private readonly mounts: readonly Mount[];
  private readonly programs: Programs;

  constructor(private readonly description: PodDescription, private readonly files: ServerFiles) {
    const { uid = 999, programs, killAt, mounts = [] } = description;
    const gid = description.gid ?? uid;
    this.mounts = mounts;
    this.hostname = description.hostname ?? description.env?.PGSTS_POD ?? 'pod';
    this.identity = { uid, gid, fsGroup: description.fsGroup ?? gid };
    chmodSync(this.directory, 0o755);
    for (const name of ['etc', 'root', 'volumes']) mkdirSync(join(this.directory, name));
    this.programs = programsFor(files, this.directory, { busybox: programs === 'busybox', count: killAt !== undefined });
    this.environment = {
      PATH: this.programs.path,
      HOSTNAME: this.hostname,
      HOME: uid === 999 ? '/var/lib/postgresql' : '/',
      LANG: 'C.UTF-8',
      PG_MAJOR: String(description.server.major),
      PG_VERSION: description.server.version,
      ...description.env,
    };
    this.execEnvironment = { ...this.environment, PATH: description.env?.PATH ?? this.programs.uncountedPath };
    mounts.forEach((mount, index) => this.prepare(mount, index));
    this.writeEtc();
    if (killAt !== undefined) {
      copyFileSync(join(__dirname, 'counted.sh'), join(this.directory, 'counted.sh'));
      chmodSync(join(this.directory, 'counted.sh'), 0o755);
      this.count(killAt);
    }
    writeFileSync(join(this.directory, 'plan'), this.plan());
  }

  update(path: string, files: Files): void {
    const index = this.mounts.findIndex((mount) => mount.path === path && mount.kind === 'files' && mount.subPath === undefined);
    const mount = this.mounts[index];
    if (mount?.kind !== 'files') throw new Error(`no files are mounted at ${path}`);
    writeFiles(this.volume(mount, index), files, { gid: this.identity.fsGroup, mode: mount.mode ?? 0o644 });
  }

  /** Changes what the pod's resolver answers, for processes that run too. */
  resolve(names: Names): void {
    writeNames(join(this.directory, 'names'), { hostname: this.hostname, address: this.description.network?.address }, names);
  }

  /** The host's side of a mount. */
  pathOf(path: string): string {
    const index = this.mounts.findIndex((mount) => mount.path === path);
    if (index < 0) throw new Error(`nothing is mounted at ${path}`);
    return this.volume(this.mounts[index], index);
  }

  get counts(): boolean {
    return this.description.killAt !== undefined;
  }

  /** Starts counting again. */
  count(limit: number): void {
    const count = this.countDirectory;
    rmSync(count, { recursive: true, force: true });
    mkdirSync(count);
    chmodSync(count, 0o777);
    writeFileSync(join(count, 'limit'), `${limit}\n`, { mode: 0o644 });
    execFileSync('mkfifo', ['-m', '0666', join(count, 'reached'), join(count, 'never')]);
  }

  /** Written to by the command in whose place the pod is to die. */
  get reached(): string {
    return join(this.countDirectory, 'reached');
  }

  commands(): string[] {
    if (!existsSync(this.countDirectory)) return [];
    const numbers = readdirSync(this.countDirectory).filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
    return numbers.map((number) => readFileSync(join(this.countDirectory, String(number)), 'utf8').trimEnd());
  }

  remove(): void {
    removeTemporary(this.directory);
  }

  private get countDirectory(): string {
    return join(this.directory, 'count');
  }

  private prepare(mount: Mount, index: number): void {
    const { fsGroup: gid } = this.identity;
    const volume = this.volume(mount, index);
    if (mount.kind === 'files') writeFiles(volume, mount.files, { gid, mode: mount.mode ?? 0o644 });
    else freshVolume(volume, gid);
  }

  private volume(mount: Mount, index: number): string {
    if (mount.kind === 'directory') return mount.host;
    const name = mount.kind === 'memory' && mount.volume ? `volume-${mount.volume}` : String(index);
    return join(this.directory, 'volumes', name);
  }

  /** Source, target and access of each mount, parents before children. */
  private plan(): string {
    const lines = this.programs.directories.map(({ host, path }) => [host, path, 'ro']);
    lines.push([join(this.directory, 'names'), namesDirectory, 'ro']);
    if (this.files.root) lines.push([this.files.root, '/usr/local/lib', 'ro']);
    if (this.counts) {
      lines.push([join(this.directory, 'counted.sh'), '/.pod/counted.sh', 'ro'], [this.countDirectory, '/.pod/count', 'rw']);
    }
    this.mounts.forEach((mount, index) => {
      const { path, kind, readOnly = kind === 'files', subPath = '' } = mount;
      if (kind === 'memory' && mount.size) return void lines.push(['tmpfs', path, mount.size]);
      lines.push([join(this.volume(mount, index), subPath), path, readOnly ? 'ro' : 'rw']);
    });
    const depth = ([, target]: string[]) => target.split('/').length;
    return lines.sort((a, b) => depth(a) - depth(b)).map((line) => `${line.join('\t')}\n`).join('');
  }

  private writeEtc(): void {
    const { passwd = '', hosts = {}, names } = this.description;
    const etc = {
      passwd: `root:x:0:0:root:/root:/bin/bash\npostgres:x:999:999::/var/lib/postgresql:/bin/bash\n${passwd}`,
      group: 'root:x:0:\npostgres:x:999:\n',
      hostname: `${this.hostname}\n`,
    };
    for (const [name, content] of Object.entries(etc)) {
      const file = join(this.directory, 'etc', name);
      writeFileSync(file, content);
      chmodSync(file, 0o644);
    }
    for (const name of namesFiles) symlinkSync(join(namesDirectory, name), join(this.directory, 'etc', name));
    this.resolve(names ?? { hosts, server: '127.0.0.1' });
  }
}
