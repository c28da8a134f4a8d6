import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { isRoot } from './namespaces';

/** Of every router's end: what a pod sends its packets to. Nobody asks for it by this address. */
const gateway = '169.254.1.1';
const prefix = '10.77';
const open = new Set<PrivateNetwork>();

/**
 * A network that only its pods are in: one namespace is the router, and a link leads from it to the namespace of each pod, as
 * with most network plug-ins of Kubernetes. What is cut is dropped in the router without an answer. This machine's own network
 * is not touched; all of it is gone with the processes that hold the namespaces, and these with the test process.
 */
export class PrivateNetwork {
  static async create(): Promise<PrivateNetwork> {
    demandIp();
    // a /proc of its own, since that of a container is often read-only
    const words = ['unshare', ...isRoot ? [] : ['--user', '--map-root-user'], '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const network = new PrivateNetwork(await hold(words, 'echo 1 >/proc/sys/net/ipv4/ip_forward && '));
    open.add(network);
    network.router(`rule add pref 10 to ${network.silent} blackhole`);
    return network;
  }

  /** Ends all networks of this process. */
  static endAll(): void {
    for (const network of open) network.end();
  }

  /** An address from which nobody ever answers. */
  readonly silent = `${prefix}.0.53`;
  private readonly links = new Set<Link>();
  private readonly cuts = new Set<string>();
  private count = 0;

  private constructor(private readonly holder: ChildProcess) {}

  /** A new namespace with an address that no other had before. */
  async link(): Promise<Link> {
    this.count += 1;
    const number = this.count;
    const own = ['unshare', '--net'];
    const words = isRoot ? own : ['nsenter', '--target', String(this.holder.pid), '--user', '--preserve-credentials', ...own];
    const link = new Link(this, `${prefix}.1.${number}`, `pod${number}`, await hold(words));
    this.router(
      `link add ${link.device} type veth peer name eth0 netns ${link.networkPid}`,
      `address add ${gateway}/32 dev ${link.device}`,
      `link set ${link.device} up`,
      `route add ${link.address}/32 dev ${link.device}`,
    );
    ip(link.networkPid, [
      'link set lo up', `address add ${link.address}/32 dev eth0`, 'link set eth0 up', `route add default via ${gateway} dev eth0 onlink`,
    ]);
    this.links.add(link);
    return link;
  }

  /** Drops what goes either way between two addresses, or between one and all others. */
  cut(one: string, other = 'all'): void {
    for (const selector of selectors(one, other)) {
      if (this.cuts.has(selector)) continue;
      this.router(`rule add pref 20 ${selector} blackhole`);
      this.cuts.add(selector);
    }
  }

  heal(one: string, other = 'all'): void {
    for (const selector of selectors(one, other)) {
      if (this.cuts.delete(selector)) this.router(`rule del pref 20 ${selector} blackhole`);
    }
  }

  /** Ends one link; its address is answered by nobody any more, and the router says so. */
  remove(link: Link): void {
    if (!this.links.delete(link)) return;
    // first, so that nothing that the pod's kernel sends again finds its way
    this.router(`link del ${link.device}`);
    for (const selector of this.cuts) {
      // an address may be the beginning of another
      if (selector.split(' ').includes(link.address)) {
        this.router(`rule del pref 20 ${selector} blackhole`);
        this.cuts.delete(selector);
      }
    }
    link.holder.kill('SIGKILL');
  }

  end(): void {
    open.delete(this);
    for (const { holder } of this.links) holder.kill('SIGKILL');
    this.holder.kill('SIGKILL');
    this.links.clear();
  }

  private router(...commands: string[]): void {
    ip(this.holder.pid!, commands);
  }
}

/** One pod's network: outlives its container, as in Kubernetes. */
export class Link {
  constructor(private readonly network: PrivateNetwork, readonly address: string, readonly device: string, readonly holder: ChildProcess) {}

  /** The process that holds the namespace. */
  get networkPid(): number {
    return this.holder.pid!;
  }

  end(): void {
    this.network.remove(this);
  }
}

function selectors(one: string, other: string): string[] {
  return [`from ${one} to ${other}`, `from ${other} to ${one}`];
}

let found: boolean | undefined;

function demandIp(): void {
  found ??= runs('ip', ['-V']);
  if (!found) throw new Error('tests with several pods need the command ip: install it with apt-get install iproute2');
}

function runs(command: string, words: string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs commands of `ip`, one a line, in the network of that process. */
function ip(pid: number, commands: readonly string[]): void {
  const words = ['--target', String(pid), '--net', ...isRoot ? [] : ['--user', '--preserve-credentials'], 'ip', '-batch', '-'];
  execFileSync('nsenter', words, { input: commands.join('\n'), stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A process that does nothing but to hold the namespaces it was started in, and that ends with this one. */
async function hold(words: readonly string[], before = ''): Promise<ChildProcess> {
  const command = ['setpriv', '--pdeathsig', 'KILL', ...words, 'setpriv', '--pdeathsig', 'KILL', 'sh', '-c', `${before}echo ready && exec sleep infinity`];
  const child = spawn(command[0], command.slice(1), { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.on('data', (data: Buffer) => { told += String(data); });
  const ended = once(child, 'close').then(() => { throw new Error(`a network namespace could not be made: ${told.trim()}`); });
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return child;
}
