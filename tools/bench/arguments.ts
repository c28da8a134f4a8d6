/** The number of an option, which is a whole one of 1 or more. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${option} is ${text}: a whole number of 1 or more is needed`);
  return number;
}
