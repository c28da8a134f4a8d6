// A fresh checkout knows no durations, and jest then goes by the size of a file. These wait for servers and clusters for minutes: begun
// last, each would hold up the end of a run alone.
const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST = [
  'runtime/replicas-rejoin', 'runtime/synchronous', 'runtime/switchover-faults', 'runtime/switchover', 'runtime/kill-sweep', 'runtime/replicas-network',
  'runtime/replicas-guards', 'runtime/replicas-scale', 'runtime/clone', 'runtime/switchover-claims', 'runtime/switchover-kill', 'runtime/fail-over',
  'tools/bench-runtime', 'runtime/kill-sweep-acknowledged', 'runtime/replicas-changes', 'runtime/fail-over-fences', 'runtime/fail-over-refusals',
  'runtime/access', 'runtime/agent',
  'cluster/replicas-volume-runbook', 'cluster/examples', 'cluster/fail-over', 'cluster/switchover-runbook', 'cluster/minor-upgrade-runbook',
  'cluster/synchronous', 'cluster/switchover', 'cluster/rollout', 'cluster/replicas-rollout',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
    const long = tests.filter((test) => rank(test) >= 0).sort((one, other) => rank(one) - rank(other));
    return [...long, ...super.sort(tests.filter((test) => rank(test) < 0))];
  }
};
