import { onlyEmptied, waitsForDecision } from './human';

const claimed = (ordinal: number): string => `refused: orders-db-${ordinal} was about to take over and does not answer: it may have been the primary since\n`;
const rest = 'add --accept-data-loss where nothing better will ever come back; see docs/runbooks/fail-over.md\n';
const emptied = new Map([[0, 100]]);

test.each([
  ['a claim of a pod whose volume is gone is all that is refused', claimed(0) + rest, true],
  ['a pod whose volume is there has claimed', claimed(1) + rest, false],
  ['both have', claimed(0) + claimed(1) + rest, false],
  ['something else is refused, too', `${claimed(0)}refused: orders-db-1 has more than this pod (timeline 2, 0/5000000): declare that one, and fail over to it\n${rest}`, false],
  ['nothing is refused', 'orders-db-1 takes writes now\n', false],
])('loss is accepted where nothing better will come back: %s', (_, text, accepted) => {
  expect(onlyEmptied({ emptied }, text)).toBe(accepted);
});

test.each([
  ['an empty declared pod beside data', ['lost-primary: this volume is empty, and a peer has the data', '', ''], true],
  ['a superseded one beside an empty volume', ['superseded: a peer is on a newer timeline', 'no-primary: this volume is empty, and no peer says that it is the primary', ''], true],
  ['a superseded one, all others with data', ['superseded: a peer is on a newer timeline', '', ''], false],
  ['an empty volume that is not declared', ['', 'no-primary: this volume is empty, and no peer says that it is the primary', ''], false],
])('a person goes back only where nothing else ends it: %s', (_, reasons, decides) => {
  expect(waitsForDecision(reasons, 0)).toBe(decides);
});
