import type { App } from 'cdk8s';
import type { Workspace } from './workspace';

/** All databases in one chart, or each in a chart and so in a file of its own, as large programs have them. */
export type Layout = 'one chart' | 'a chart each';

/** A program that makes a number of databases like the one of examples/01-single. */
const QUICK_START = `'use strict';
const { App, Chart, Cron, Size } = require('cdk8s');
const { Backup, PostgresStatefulSet, PostgresVersion, Storage } = require('cdk8s-postgres');

exports.quickStart = (names, layout, outdir) => {
  const app = new App({ outdir });
  const shared = layout === 'one chart' ? new Chart(app, 'shop', { namespace: 'shop' }) : undefined;
  for (const name of names) {
    new PostgresStatefulSet(shared ?? new Chart(app, \`shop-\${name}\`, { namespace: 'shop' }), name, {
      version: PostgresVersion.V18,
      storage: Storage.persistent(Size.gibibytes(20)),
      database: 'orders',
      backups: [Backup.logical({ schedule: Cron.daily() })],
    });
  }
  return app;
};

exports.names = (count) => Array.from({ length: count }, (_, index) => \`orders-db-\${index + 1}\`);

if (require.main === module) {
  const [count, layout, outdir] = process.argv.slice(2);
  exports.quickStart(exports.names(Number(count)), layout, outdir).synth();
}
`;

interface QuickStart {
  quickStart(names: readonly string[], layout: Layout, outdir: string): App;
  names(count: number): string[];
}

/** Path of the program; its arguments are the number of databases, the layout and the folder of the output. */
export function writeQuickStart(workspace: Workspace): string {
  return workspace.write('quick-start.cjs', QUICK_START);
}

/** The objects of each database, in the order of the output. */
export function quickStartObjects(workspace: Workspace, count: number): { readonly name: string; readonly objects: unknown[] }[] {
  const { quickStart, names } = workspace.load<QuickStart>(writeQuickStart(workspace));
  const [chart] = quickStart(names(count), 'one chart', workspace.path('unused')).charts;
  const all = chart.toJson();
  const each = all.length / count;
  return names(count).map((name, index) => ({ name, objects: all.slice(index * each, (index + 1) * each) }));
}
