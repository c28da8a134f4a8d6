/** Numbers and booleans of untyped callers are the text that a file would have; null means that nothing is asked for. */
export function resolveTexts(texts: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).flatMap(([name, value]) => value == null ? [] : [[name, String(value)]]));
}

/** Untyped callers give numbers; what they leave out is an empty text, which the rules find wherever a name is needed. */
export function textOf(value: string | null | undefined): string {
  return value == null ? '' : String(value);
}
