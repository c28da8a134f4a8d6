import type { Plan } from './plan';

/**
 * A pure function of a plan that keeps its last result: one database after the other is built and synthesized, and each asks for the same
 * several times. A plan is frozen, so its identity is its content.
 */
export function perPlan<T>(compute: (plan: Plan) => T): (plan: Plan) => T {
  let last: { readonly plan: Plan; readonly result: T } | undefined;
  return (plan) => {
    if (last?.plan !== plan) last = { plan, result: compute(plan) };
    return last.result;
  };
}
