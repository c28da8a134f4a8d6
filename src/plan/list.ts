/** What may be left out is a list in the plan: empty or of one. */
export function list<T>(value: T | null | undefined): T[] {
  return value == null ? [] : [value];
}
