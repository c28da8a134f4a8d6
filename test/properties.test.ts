import { Cron, Duration, Size, Yaml } from 'cdk8s';
import fc from 'fast-check';
import {
  Backup, Cpu, Credentials, Divergence, EmptyVolume, EnvironmentValue, FindingSeverity, ImageVariant, PodManagement, PostgresImage,
  PostgresVersion, Replication, Rollout, Spread, Storage,
} from '../src';
import { program, synthesize } from './support/find';
import { findingsOf, SomeProps } from './support/props';
import { bringSchemas, KUBERNETES, violations } from './support/schema';

beforeAll(bringSchemas, 300_000);

beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation());

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
const identifier = fc.stringMatching(/^[a-zA-Zé"' $\\{}][a-zA-Z0-9é"' $\\{}]{0,20}$/).filter((name) => !/^(pg_|postgres$|template[01]$|backup$|replicator$|public$|none$)/.test(name));
const memory = fc.integer({ min: 256, max: 65536 }).map((amount) => Size.mebibytes(amount));

/** How the replicas follow, and how many of them are waited for. */
const replications = (replicas: number): fc.Arbitrary<Replication> => fc.record({
  onDivergence: optional(fc.constantFrom(...Object.values(Divergence))),
  switchoverLag: optional(fc.integer({ min: 1, max: 3_600_000 }).map((amount) => Duration.millis(amount))),
  switchoverDelay: optional(fc.integer({ min: 1, max: 3600 }).map((amount) => Duration.seconds(amount))),
  quorum: optional(fc.integer({ min: 1, max: Math.max(1, replicas) })),
}).chain((options) => fc.constantFrom(Replication.asynchronous(options), ...replicas === 0 ? [] : [Replication.synchronous(options)]));

/** How many pods there are, which one is the primary, how the others follow it, and a rollout that reaches some of them. */
const pods: fc.Arbitrary<SomeProps> = fc.integer({ min: 1, max: 9 }).chain((instances) => fc.nat(instances - 1).chain((primaryOrdinal) => fc.record({
  instances: fc.constant(instances),
  primaryOrdinal: fc.constant(primaryOrdinal),
  replication: optional(replications(instances - 1)),
  podManagement: fc.constantFrom(PodManagement.PARALLEL, ...primaryOrdinal === 0 ? [PodManagement.ORDERED_READY] : []),
  rollout: fc.constantFrom(
    Rollout.rollingUpdate(), Rollout.paused(), Rollout.replicasOnly(), Rollout.onDelete(), Rollout.partition(instances - 1),
    ...instances === 1 ? [] : [Rollout.partition(1)],
    ...primaryOrdinal === instances - 1 ? [] : [Rollout.canary(), Rollout.canary(instances - 1 - primaryOrdinal)],
  ),
})));

const legal: fc.Arbitrary<SomeProps> = fc.tuple(pods, fc.record({
  version: fc.constantFrom(PostgresVersion.V15, PostgresVersion.V16, PostgresVersion.V17, PostgresVersion.V18),
  image: optional(fc.constantFrom(ImageVariant.BOOKWORM, ImageVariant.of('alpine3.23')).map((variant) => PostgresImage.official({ variant }))),
  database: optional(identifier),
  owner: optional(identifier),
  storage: optional(fc.integer({ min: 4, max: 4096 }).map((amount) => Storage.persistent(Size.gibibytes(amount)))),
  walStorage: optional(fc.integer({ min: 1, max: 64 }).map((amount) => Storage.persistent(Size.gibibytes(amount)))),
  resources: optional(fc.record({ cpu: fc.integer({ min: 1, max: 9000 }).map((amount) => Cpu.millis(amount)), memory })),
  parameters: optional(fc.record({ work_mem: fc.integer({ min: 64, max: 1e6 }).map((amount) => `${amount}kB`), log_line_prefix: fc.stringMatching(/^[ -~é]{0,20}$/) })),
  emptyVolume: optional(fc.constantFrom(...Object.values(EmptyVolume))),
  scheduling: fc.record({ spread: optional(fc.constantFrom(Spread.preferred(), Spread.required('example.com/rack'), Spread.unrestricted())) }),
  backups: fc.uniqueArray(fc.constantFrom('one', 'two', 'eleven-char'), { maxLength: 2 }).map((ids) => ids.map((id) => Backup.logical({ id, schedule: Cron.daily() }))),
  terminationGracePeriod: optional(fc.integer({ min: 120, max: 3600 }).map((seconds) => Duration.seconds(seconds))),
  labels: fc.dictionary(label, label, { maxKeys: 3 }),
  annotations: fc.dictionary(label, fc.string(), { maxKeys: 3 }),
  credentials: optional(fc.stringMatching(/^[ -~é]{1,30}$/).map((password) => Credentials.unsafePlainText({ password, replicationPassword: password }))),
})).map(([some, others]) => ({ ...others, ...some }));

test('any legal program is stable, free of errors and valid in every version of Kubernetes', () => {
  fc.assert(fc.property(legal, fc.constantFrom(...KUBERNETES), label, (props, minor, id) => {
    const manifests = synthesize(props, id);
    expect(Yaml.stringify(...synthesize(props, id))).toBe(Yaml.stringify(...manifests));
    expect(manifests.flatMap((manifest) => violations(minor, manifest))).toEqual([]);
    expect(manifests.filter(({ metadata }) => metadata.name.length > 63)).toEqual([]);
  }), { numRuns: 60 });
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '', "'; DROP ROLE x; --", '$(id)', '{{ .Values }}', '\n', '\0', '../..', '%', '\ud800'),
);
const map = (values: fc.Arbitrary<string>) => fc.array(fc.tuple(text, values), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));

const number = fc.oneof(fc.double(), fc.nat(9), text) as fc.Arbitrary<number>;

const hostile: fc.Arbitrary<SomeProps> = fc.record({
  name: optional(text),
  version: optional(text.map((version) => PostgresVersion.of(version))),
  database: optional(text),
  owner: optional(text),
  parameters: optional(map(text)),
  labels: optional(map(text)),
  annotations: optional(map(text)),
  credentials: optional(fc.oneof(
    text.map((name) => Credentials.fromSecretName(name, { password: name })),
    text.map((password) => Credentials.unsafePlainText({ password })),
  )),
  environment: optional(map(text).map((all) => Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, EnvironmentValue.fromText(value)])))),
  imagePullSecrets: optional(fc.array(text, { maxLength: 2 })),
  instances: optional(number),
  primaryOrdinal: optional(number),
  replication: optional(number.map((quorum) => Replication.synchronous({ quorum }))),
  scheduling: optional(fc.array(text, { maxLength: 2 }).map((keys) => ({ spread: Spread.required(...keys) }))),
  backups: optional(fc.array(fc.tuple(text, text), { maxLength: 2 }).map((all) => all.map(([id, timeZone]) => Backup.logical({ id: id || 'x', timeZone, schedule: Cron.daily() })))),
}).map((props) => Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)));

test('hostile texts in every prop end in findings, and nothing throws', () => {
  fc.assert(fc.property(hostile, (props) => {
    expect(() => findingsOf(props)).not.toThrow();
  }), { numRuns: 500 });
});

test('what hostile texts get past the rules is synthesized as valid YAML that reads back', () => {
  fc.assert(fc.property(hostile, (props) => {
    if (findingsOf(props).some(({ severity }) => severity === FindingSeverity.ERROR)) return;
    const manifests = synthesize(props);
    expect(manifests.flatMap((manifest) => violations(34, manifest))).toEqual([]);
  }), { numRuns: 300 });
});

test('a program with errors can be asked for its findings and explanation before it is synthesized', () => {
  fc.assert(fc.property(hostile, (props) => {
    const { db } = program({ ...props, backups: [] });
    expect(typeof db.explain()).toBe('string');
    expect(Array.isArray(db.findings)).toBe(true);
  }), { numRuns: 100 });
});
