import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Mount, Pod, PodDescription, temporaryClaim } from './pod';
import { Server, servers } from './servers';

jest.setTimeout(120_000);

const newest = servers[servers.length - 1];
const memory = (path: string): Mount => ({ path, kind: 'memory' });
const claim = (host: string): Mount => ({ path: '/var/lib/postgresql', kind: 'directory', host });
const start = async (command: string, more: Partial<PodDescription> = {}) =>
  Pod.start({ server: newest, command: ['bash', '-c', command], mounts: [memory('/tmp'), memory('/var/run/postgresql')], ...more });
/** A shell that waits, reaps what ends and obeys SIGTERM at once. */
const idle = 'trap "exit 7" TERM; while :; do sleep 0.05; done';
const serve = 'exec postgres -D /var/lib/postgresql/data -c unix_socket_directories=/var/run/postgresql';

afterEach(async () => Pod.endAll());

describe('the container', () => {
  test("'s command is PID 1 and the only process", async () => {
    const pod = await start('exec sleep infinity');
    await pod.waitFor(() => pod.processes()[0]?.name === 'sleep');
    expect(pod.processes()).toMatchObject([{ pid: 1, parent: 0, uid: 999, command: ['sleep', 'infinity'] }]);
  });

  test('is the parent of every orphan', async () => {
    const pod = await start(idle);
    await pod.exec(['bash', '-c', '(sleep 1000 &) ; exit 0']);
    expect(pod.processes().find(({ command }) => command[1] === '1000')).toMatchObject({ parent: 1 });
  });

  test('is immune to signals from inside, as PID 1 is', async () => {
    const pod = await start('exec sleep infinity');
    await pod.waitFor(() => pod.processes()[0]?.name === 'sleep');
    await pod.exec(['bash', '-c', 'kill -9 1; kill -TERM 1']);
    expect(pod.ending).toBeUndefined();
    await expect(pod.stop({ grace: 0.2 })).resolves.toEqual({ status: null, signal: 'SIGKILL' });
  });

  test('ends with its status, or by the signal that ended it', async () => {
    const ends = async (command: string) => (await start(command)).exited;
    await expect(ends('exit 3')).resolves.toEqual({ status: 3, signal: null });
    await expect(ends('not-a-program')).resolves.toEqual({ status: 127, signal: null });
    const pod = await start(idle);
    pod.kill9(1);
    await expect(pod.exited).resolves.toEqual({ status: null, signal: 'SIGKILL' });
  });

  test('gets SIGTERM, and may use its grace period', async () => {
    const pod = await start(`echo up; ${idle}`);
    await pod.waitForLog('up');
    await expect(pod.stop()).resolves.toEqual({ status: 7, signal: null });
  });

  test('writes its log, also through /dev/stdout and /dev/stderr', async () => {
    const pod = await start('echo one; echo two >&2; echo three >/dev/stdout; sh -c "echo four >/dev/stderr"');
    await pod.exited;
    expect(pod.logs()).toBe('one\ntwo\nthree\nfour\n');
  });

  test('has no privilege and a read-only root', async () => {
    const pod = await start('id -u; id -g; grep -h Cap /proc/self/status; grep NoNewPrivs /proc/self/status; touch /x /usr/x /etc/x /dev/x /opt/x');
    await pod.exited;
    expect(pod.logs()).toMatch(/^999\n999\n/);
    expect(pod.logs().match(/Cap\w+:\t0{16}\n/g)).toHaveLength(5);
    expect(pod.logs()).toContain('NoNewPrivs:\t1');
    expect(pod.logs().match(/Read-only file system/g)).toHaveLength(5);
  });

  test('sees of this machine only what an image has', async () => {
    const pod = await start('ls / /home /root /var /usr/local; env; cat /etc/passwd; hostname', { env: { PGSTS_POD: 'db-0', SOME: 'thing' } });
    await pod.exited;
    expect(pod.logs()).not.toMatch(/node|work|pyenv/);
    expect(pod.logs()).toMatch(/\nSOME=thing\n/);
    expect(pod.logs()).toMatch(/\nHOSTNAME=db-0\n/);
    expect(pod.logs()).toMatch(/\ndb-0\n$/);
    expect(pod.logs()).toMatch(/\npostgres:x:999:999:.*\n/);
  });

  test('may have any user, with an entry in passwd or without', async () => {
    const without = await start('id; touch /tmp/x; stat -c %u /tmp/x', { uid: 12345, gid: 0 });
    await without.exited;
    expect(without.logs()).toMatch(/^uid=12345 gid=0/);
    expect(without.logs()).toMatch(/\n12345\n$/);
    const entry: Mount = { path: '/etc/passwd', kind: 'files', files: { passwd: 'app:x:12345:0::/:/bin/bash\n' }, subPath: 'passwd' };
    const within = await start('id -un', { uid: 12345, gid: 0, mounts: [entry] });
    await within.exited;
    expect(within.logs()).toBe('app\n');
  });

  test('cannot start where a mount lacks its source', async () => {
    await expect(start('true', { mounts: [{ path: '/x', kind: 'files', files: {}, subPath: 'absent' }] }))
      .rejects.toThrow(/the pod could not be assembled \(status \d+\): .*absent/);
  });
});

describe('exec', () => {
  test('runs beside PID 1 as its user with its environment, and returns how it ended', async () => {
    const pod = await start(idle, { env: { FROM_SPEC: 'yes' } });
    const result = await pod.exec(['bash', '-c', 'echo "$FROM_SPEC $MORE $(id -u) $PPID $(pwd)"; cat; echo oops >&2; exit 5'], { input: 'given', env: { MORE: 'more' } });
    expect(result).toEqual({ status: 5, signal: null, stdout: 'yes more 999 0 /\ngiven', stderr: 'oops\n' });
  });

  test('says that the container has ended', async () => {
    const pod = await start('exit 4');
    await pod.exited;
    await expect(pod.exec(['true'])).rejects.toThrow('the container has ended (status 4)');
  });
});

describe('volumes', () => {
  test('of a claim outlive the pod, of memory the container', async () => {
    const host = temporaryClaim();
    const pod = await start('cat /tmp/* /var/lib/postgresql/*; echo a >/tmp/a; echo b >/var/lib/postgresql/b', { mounts: [claim(host), memory('/tmp')] });
    await pod.exited;
    await pod.restart();
    await pod.exited;
    expect(pod.logs()).toMatch(/a\nb\n$/);
    await pod.end();
    const next = await start('ls /tmp; cat /var/lib/postgresql/b', { mounts: [claim(host), memory('/tmp')] });
    await next.exited;
    expect(next.logs()).toBe('b\n');
  });

  test('of memory may be small', async () => {
    const pod = await start('head -c 900k /dev/zero >/tmp/fits && head -c 900k /dev/zero >/tmp/not', { mounts: [{ path: '/tmp', kind: 'memory', size: '1m' }] });
    await expect(pod.exited).resolves.toMatchObject({ status: 1 });
    expect(pod.logs()).toContain('No space left on device');
  });

  test('of files have the mode asked for and are read-only', async () => {
    const mounts: Mount[] = [{ path: '/etc/secret', kind: 'files', files: { 'password': 'x', 'deep/key': 'y' }, mode: 0o440 }];
    const pod = await start('cd /etc/secret; stat -L -c "%a %g" password; cat deep/key; echo; readlink password deep; touch new', { mounts });
    await pod.exited;
    expect(pod.logs()).toMatch(/^440 999\ny\n\.\.data\/password\n\.\.data\/deep\n.*Read-only file system/);
  });

  test('of files change all at once', async () => {
    const files = (n: number) => ({ a: `${n}\n`, b: `${n}\n` });
    // when a is the same before and after b is read, b is of the same version
    const look = 'one= two= three=; read -r one <a; read -r two <b; read -r three <a; [[ -z $two || $one != "$three" || $one == "$two" ]] || echo torn $one $two';
    const pod = await start(`cd /etc/both; while [[ ! -e c ]]; do { ${look}; } 2>/dev/null; done; echo done`, {
      mounts: [{ path: '/etc/both', kind: 'files', files: files(0) }],
    });
    for (let n = 1; n < 100; n += 1) {
      pod.update('/etc/both', files(n));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    pod.update('/etc/both', { c: 'end' });
    await pod.exited;
    expect(pod.logs()).toBe('done\n');
    expect(readdirSync(pod.hostPath('/etc/both')).filter((name) => !name.startsWith('..'))).toEqual(['c']);
  });
});

describe('the network', () => {
  test('is each pod\'s own, or shared by choice', async () => {
    const host = temporaryClaim();
    const mounts = [claim(host), memory('/tmp'), memory('/var/run/postgresql')];
    const initialise = await start('initdb --no-sync -A trust -U postgres -D /var/lib/postgresql/data', { mounts });
    await expect(initialise.exited).resolves.toMatchObject({ status: 0 });
    const database = await start(serve, { mounts });
    await database.waitForLog('ready to accept connections');

    const ask = 'pg_isready -h db.test -p 5432';
    const beside = await start(ask, { network: database, hosts: { 'db.test': '127.0.0.1' } });
    await expect(beside.exited).resolves.toMatchObject({ status: 0 });
    const alone = await start(ask, { hosts: { 'db.test': '127.0.0.1' } });
    await expect(alone.exited).resolves.toMatchObject({ status: 2 });
    await expect(database.exec(['psql', '-h', '127.0.0.1', '-U', 'postgres', '-tAc', 'select 1'])).resolves.toMatchObject({ stdout: '1\n' });
  });
});

describe('killAt', () => {
  const script = 'true; for i in 1 2; do touch /tmp/$i; done; ls /tmp | sort; exit 0';

  test('counts the programs that are started by name, not the builtins', async () => {
    const pod = await start(script, { killAt: 0 });
    await expect(pod.exited).resolves.toEqual({ status: 0, signal: null });
    expect(pod.reached).toBe(false);
    const [first, ...rest] = pod.commands();
    expect(first).toMatch(/^bash -c /);
    expect(rest.sort()).toEqual(['ls /tmp', 'sort', 'touch /tmp/1', 'touch /tmp/2']);
  });

  test('kills the pod in place of its own command', async () => {
    const pod = await start(script, { killAt: 1 });
    await expect(pod.exited).resolves.toEqual({ status: null, signal: 'SIGKILL' });
    expect(pod.reached).toBe(true);
  });

  test('kills the whole pod in place of the n-th', async () => {
    const pod = await start(script, { killAt: 3 });
    await expect(pod.exited).resolves.toEqual({ status: null, signal: 'SIGKILL' });
    expect(pod.reached).toBe(true);
    expect(pod.commands().slice(1)).toEqual(['touch /tmp/1', 'touch /tmp/2']);
    expect(readdirSync(pod.hostPath('/tmp'))).toEqual(['1']);
    await pod.restart();
    await expect(pod.exited).resolves.toEqual({ status: 0, signal: null });
  });

  test('does not count what comes in by exec', async () => {
    const pod = await start('while [[ ! -e /tmp/end ]]; do :; done', { killAt: 2 });
    await expect(pod.exec(['bash', '-c', 'ls / >/dev/null; ls / >/dev/null'])).resolves.toMatchObject({ status: 0 });
    // this one may be ended with the pod before it can say how it ended
    await pod.exec(['touch', '/tmp/end']);
    await expect(pod.exited).resolves.toEqual({ status: 0, signal: null });
    expect(pod.commands()).toHaveLength(1);
  });

  test('is not reached by a run that is shorter', async () => {
    const pod = await start(script, { killAt: 6 });
    await expect(pod.exited).resolves.toEqual({ status: 0, signal: null });
    expect(pod.reached).toBe(false);
  });

  test('keeps arguments, input, descriptors and the name', async () => {
    const pod = await start('exec 9>/tmp/nine; printf "%s|" "a b" "" "*" >/tmp/x; cat /tmp/x; echo; bash -c "echo in >&9"; cat /tmp/nine; env printf "%s\\n" "q  r"', { killAt: 0 });
    await pod.exited;
    expect(pod.logs()).toBe('a b||*|\nin\nq  r\n');
  });

  test('works with the applets of busybox alone', async () => {
    const pod = await start('ls --help 2>&1 | head -1; type -P python3 curl ps; postgres --version; exec 9>/tmp/lock; flock -n 9 && echo locked', {
      killAt: 0, programs: 'busybox',
    });
    await pod.exited;
    expect(pod.logs()).toMatch(/^BusyBox v.*\n\/\.pod\/bin\/ps\npostgres \(PostgreSQL\) .*\nlocked\n$/);
  });
});

describe('the end', () => {
  test('of the test process is the end of its pods', async () => {
    const code = `
      const { Pod } = require('${join(__dirname, 'pod')}'); const { server } = require('${join(__dirname, 'servers')}');
      Pod.start({ server: server(${newest.major}), command: ['sleep', 'infinity'] }).then((pod) => console.log(pod.hostPid));`;
    const child = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', '-e', code], {
      cwd: join(__dirname, '../..'), env: { ...process.env, TS_NODE_PROJECT: 'test/tsconfig.json' }, stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const pid = await new Promise<string>((resolve, reject) => {
        child.stdout.on('data', (data) => resolve(String(data).trim()));
        child.on('close', () => reject(new Error('it ended before it said which pod it made')));
      });
      // between its fork and its program it has no command
      for (let i = 0; i < 100 && !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sleep'); i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('sleep');
      child.kill('SIGKILL');
      for (let i = 0; i < 100 && existsSync(`/proc/${pid}`); i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    } finally {
      // the whole run would wait for it
      child.kill('SIGKILL');
    }
  });

  test('of a pod leaves nothing on this machine', async () => {
    const pod = await start('sleep 1000 & sleep 1000 & wait');
    const mounts = readFileSync('/proc/mounts', 'utf8');
    const pids = pod.processes().map(({ hostPid }) => hostPid);
    const path = pod.hostPath('/tmp');
    await pod.end();
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(existsSync(path)).toBe(false);
    expect(readFileSync('/proc/mounts', 'utf8')).toBe(mounts);
  });
});

test('a pod starts in little time', async () => {
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const begin = performance.now();
    await (await start('exit 0')).exited;
    times.push(performance.now() - begin);
  }
  expect(Math.min(...times)).toBeLessThan(1000);
});

describe.each(servers.map((each): [string, Server] => [String(each), each]))('%s in a pod', (_, each) => {
  test.each(['machine', 'busybox'] as const)('initialises, serves and stops with the programs of %s', async (programs) => {
    const host = temporaryClaim();
    const command = `initdb --no-sync -A trust -U postgres -D /var/lib/postgresql/data >/dev/null && ${serve}`;
    const pod = await start(command, { server: each, programs, mounts: [claim(host), memory('/tmp'), memory('/var/run/postgresql')] });
    await pod.waitForLog('ready to accept connections');
    const { stdout } = await pod.exec(['psql', '-h', '/var/run/postgresql', '-U', 'postgres', '-tAc', 'show server_version']);
    expect(stdout.trim()).toMatch(new RegExp(`^${each.version.replace('.', '\\.')}`));
    expect(pod.processes()[0].name).toBe('postgres');
    pod.signal('SIGINT');
    await expect(pod.exited).resolves.toEqual({ status: 0, signal: null });
  });
});

