import { HOLE } from '../holes';
import { error, Rule } from '../rule';

/** The other rules are not asked where this one finds something: they would count the places in lists without the holes. */
export const listRules: readonly Rule[] = [
  {
    code: 'PG2601',
    severity: error,
    ...HOLE,
    offences: ({ holes }) => holes.map((prop) => ({ prop, value: null })),
  },
];
