import { randomBytes } from 'node:crypto';
import { Kubectl, Line, now } from './kubectl';
import { Duration } from './report';
import { summarize } from './statistics';
import type { Workspace } from './workspace';

/** Long enough for a cluster that has to pull the image first. */
const PATIENCE = '300s';
/** Beyond the server's own stop. */
const DELETION_GOAL = 2;
const CLIENT = 'client';
const PASSWORD = 'benchmark';

/** Seconds from the apply, or from the delete, by the name of what had happened by then. */
type Marks = Readonly<Record<string, number>>;

const ASKED = 'the server was asked to stop';
const STOPPED = 'the server had stopped';
const GONE = 'pod gone';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } };
}

/** Start and deletion of a primary on an empty volume, several times, in a namespace of its own that goes at the end. */
export async function measurePod(workspace: Workspace, runs: number): Promise<Duration[]> {
  const namespace = `cdk8s-postgres-bench-${randomBytes(3).toString('hex')}`;
  const kubectl = new Kubectl(namespace);
  await kubectl.run('create', 'namespace', namespace);
  try {
    await kubectl.apply([clientPod(imageOf(manifestsOf(workspace, 'image', namespace)))]);
    await kubectl.run('wait', '--for=condition=Ready', `--timeout=${PATIENCE}`, `pod/${CLIENT}`);
    const results: { start: Marks; deletion: Marks }[] = [];
    for (let run = 1; run <= runs; run++) results.push(await startAndDelete(kubectl, `db-${run}`, manifestsOf(workspace, `db-${run}`, namespace)));
    return [
      ...inOrder('apply', results.map(({ start }) => start)),
      ...inOrder('delete', results.map(({ deletion }) => deletion)),
      withGoal('deletion beyond the server\'s own stop', results.map(({ deletion }) => beyondOwnStop(deletion)), DELETION_GOAL),
    ];
  } finally {
    kubectl.stop();
    await kubectl.run('delete', 'namespace', namespace, '--wait=false');
  }
}

async function startAndDelete(kubectl: Kubectl, name: string, manifests: readonly Manifest[]): Promise<{ start: Marks; deletion: Marks }> {
  const pod = `${name}-0`;
  const ahead = await clockAhead(kubectl);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${name}-credentials` }, stringData: { password: PASSWORD } };
  await kubectl.apply([secret]);
  const watch = kubectl.follow('get', 'pods', '-l', `cdk8s-postgres/cluster=${name}`, '--watch', '-o', `jsonpath=${[
    '{.status.conditions[?(@.type=="PodScheduled")].status}', '{.status.containerStatuses[0].started}', '{.status.conditions[?(@.type=="Ready")].status}',
  ].join('|')}{"\\n"}`);

  const applied = now();
  await kubectl.apply(manifests);
  const answered = Number(await kubectl.run('exec', CLIENT, '--', 'bash', '-c', askUntilAnswered(name))) - ahead;
  await kubectl.run('wait', '--for=condition=Ready', `--timeout=${PATIENCE}`, `pod/${pod}`);
  const seen = (pattern: RegExp): number => watch.lines.find(({ text }) => pattern.test(text))!.at;
  const log = kubectl.follow('logs', '--follow', '--timestamps', pod);
  // A pod that has just become ready is deleted in the middle of its first reload.
  await new Promise((resolve) => setTimeout(resolve, 2000));

  const deleted = now();
  await kubectl.run('delete', 'pod', pod);
  const gone = now();
  await log.ended;
  const at = (pattern: RegExp): number => timeOf(log.lines, pattern) - ahead;
  const start = {
    'scheduled': seen(/^True\|/) - applied,
    "PID 1's first line": timeOf(log.lines.slice(0, 1), /./) - ahead - applied,
    'initialised': at(/ supervisor: recovering/) - applied,
    'the server accepts connections': timeOf(log.lines.filter(({ text }) => Date.parse(stamp(text)) / 1000 - ahead < deleted), /ready to accept/) - ahead - applied,
    'container reported as started': seen(/\|true\|/) - applied,
    'pod Ready': seen(/\|True$/) - applied,
    'SQL through the Service': answered - applied,
  };
  const asked = at(/received fast shutdown request/);
  const stopped = at(/database system is shut down/);
  await kubectl.run('delete', 'statefulset,service,configmap,serviceaccount,persistentvolumeclaim', '-l', `cdk8s-postgres/cluster=${name}`, '--wait=false');
  return { start, deletion: { [ASKED]: asked - deleted, [STOPPED]: stopped - deleted, [GONE]: gone - deleted } };
}

function beyondOwnStop(deletion: Marks): number {
  return deletion[GONE] - (deletion[STOPPED] - deletion[ASKED]);
}

/** The marks in the order of their medians, each with what it took since the one before. */
function inOrder(from: string, runs: readonly Marks[]): Duration[] {
  const summaries = Object.keys(runs[0]).map((mark) => ({ mark, seconds: summarize(runs.map((run) => run[mark])) }))
    .sort((a, b) => a.seconds.median - b.seconds.median);
  return summaries.map(({ mark, seconds }, index) => {
    const before = index === 0 ? 0 : summaries[index - 1].seconds.median;
    return { what: `${from} → ${mark}`, runs: runs.length, seconds, part: seconds.median - before, verdict: 'no goal' };
  });
}

function withGoal(what: string, runs: readonly number[], goal: number): Duration {
  const seconds = summarize(runs);
  return { what, runs: runs.length, seconds, goal, verdict: seconds.median <= goal ? 'met' : 'missed' };
}

/** By how many seconds the node's clock is ahead of ours; nothing where the difference cannot be told from the time that the question takes. */
async function clockAhead(kubectl: Kubectl): Promise<number> {
  const before = now();
  const theirs = Number(await kubectl.run('exec', CLIENT, '--', 'bash', '-c', 'echo $EPOCHREALTIME'));
  const after = now();
  const ahead = theirs - (before + after) / 2;
  return Math.abs(ahead) <= (after - before) / 2 ? 0 : ahead;
}

function askUntilAnswered(name: string): string {
  const psql = `PGPASSWORD=${PASSWORD} PGCONNECT_TIMEOUT=2 psql --host=${name} --username=orders --dbname=orders --no-psqlrc --command='select 1'`;
  return `until ${psql} >/dev/null 2>&1; do ((SECONDS < 300)) || exit; sleep 0.1; done; echo $EPOCHREALTIME`;
}

/** The node's time of the last line that matches: the temporary server of an initialisation writes the same lines before. */
function timeOf(lines: readonly Line[], pattern: RegExp): number {
  const found = lines.filter(({ text }) => pattern.test(text)).pop();
  if (found === undefined) throw new Error(`no line of the pod's log matches ${pattern}:\n${lines.map(({ text }) => text).join('\n')}`);
  return Date.parse(stamp(found.text)) / 1000;
}

/** What the container runtime put before the line. */
function stamp(line: string): string {
  return line.split(' ', 1)[0];
}

function manifestsOf(workspace: Workspace, name: string, namespace: string): Manifest[] {
  const file = workspace.write('pod.cjs', `'use strict';
const { App, Chart, Size } = require('cdk8s');
const { PostgresStatefulSet, PostgresVersion, Storage } = require('cdk8s-postgres');

exports.manifests = (name, namespace) => {
  const chart = new Chart(new App(), name, { namespace });
  new PostgresStatefulSet(chart, name, { version: PostgresVersion.V18, storage: Storage.persistent(Size.gibibytes(1)), database: 'orders' });
  return chart.toJson();
};
`);
  return workspace.load<{ manifests(name: string, namespace: string): Manifest[] }>(file).manifests(name, namespace);
}

function imageOf(manifests: readonly Manifest[]): string {
  return manifests.find(({ kind }) => kind === 'StatefulSet')!.spec!.template.spec.containers[0].image;
}

/** A pod that is there already, so that the answer of the Service is timed and not the start of its client. */
function clientPod(image: string): object {
  const container = {
    name: 'psql',
    image,
    command: ['sleep', 'infinity'],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
  };
  const spec = { terminationGracePeriodSeconds: 0, securityContext: { runAsNonRoot: true, runAsUser: 999 }, containers: [container] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: CLIENT }, spec };
}
