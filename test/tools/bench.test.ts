import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { baselineProgram } from '../../tools/bench/baseline';
import { Layout, writeQuickStart } from '../../tools/bench/quick-start';
import { inPairs, summarize, summarizeRatios } from '../../tools/bench/statistics';
import { writeBaseline } from '../../tools/bench/synthesis';
import { Workspace } from '../../tools/bench/workspace';

describe('the program without the library', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  test.each<[Layout, string[]]>([
    ['one chart', ['shop.k8s.yaml']],
    ['a chart each', ['shop-orders-db-1.k8s.yaml', 'shop-orders-db-2.k8s.yaml']],
  ])('writes the same bytes as the library for two databases, %s', (layout, files) => {
    const [ours, baseline] = ['ours', 'baseline'].map((side) => workspace.path(`${side}-${files.length}`));
    execFileSync(process.execPath, [writeQuickStart(workspace), '2', layout, ours]);
    execFileSync(process.execPath, [writeBaseline(workspace, 2, layout), baseline]);
    expect(fs.readdirSync(ours)).toEqual(files);
    const [text, other] = [ours, baseline].map((directory) => files.map((file) => fs.readFileSync(`${directory}/${file}`, 'utf8')).join(''));
    expect(text).toContain('name: orders-db-2\n');
    expect(other).toBe(text);
  });

  test('loads nothing of the library', () => {
    expect(fs.readFileSync(writeBaseline(workspace, 2, 'one chart'), 'utf8')).not.toContain("'cdk8s-postgres'");
  });

  test('puts names in by concatenation, has long texts once and keeps what differs by more in a row for each database', () => {
    const object = (name: string, hash: string): object => ({
      kind: 'ConfigMap', metadata: { name: `${name}-${hash}`, namespace: 'shop', labels: { for: `the ${name}!` } }, data: { a: 'x'.repeat(200), b: 'x'.repeat(200) },
    });
    const program = baselineProgram([{ name: 'one', objects: [object('one', 'aa')] }, { name: 'two', objects: [object('two', 'bb')] }], 'one chart');
    expect(program).toContain('[["one","one-aa"],["two","two-bb"]]');
    expect(program).toContain('"labels": { "for": "the " + name + "!" }');
    expect(program).toContain('"data": { "a": TEXT_0, "b": TEXT_0 }');
    expect(program).not.toContain('namespace":');
  });
});

describe('statistics', () => {
  test('the median of an odd number is the middle one, of an even number the mean of the two in the middle', () => {
    expect(summarize([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
    expect(summarize([4, 1, 3, 10])).toEqual({ median: 3.5, min: 1, max: 10 });
    expect(() => summarize([])).toThrow('nothing to summarize');
  });

  test('a ratio is taken within each pair, so that a slow minute does not count', () => {
    const pairs = [{ ours: 2, baseline: 1 }, { ours: 20, baseline: 10 }, { ours: 3, baseline: 1 }];
    expect(summarizeRatios(pairs, (run) => run)).toEqual({ median: 2, min: 2, max: 3 });
  });

  test('the order within pairs alternates', () => {
    const order: string[] = [];
    const pairs = inPairs(3, () => order.push('ours'), () => order.push('baseline'));
    expect(order).toEqual(['ours', 'baseline', 'baseline', 'ours', 'ours', 'baseline']);
    expect(pairs).toEqual([{ ours: 1, baseline: 2 }, { ours: 4, baseline: 3 }, { ours: 5, baseline: 6 }]);
  });
});
