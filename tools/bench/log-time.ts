/** When the last line that matches was written, in seconds since the epoch; NaN where there is none. Servers and scripts have the time first. */
export function timeIn(log: string, pattern: RegExp): number {
  const line = log.split('\n').filter((text) => pattern.test(text)).pop() ?? '';
  const [date, time = ''] = line.split(/[T ]/, 2);
  return Date.parse(`${date}T${time.replace(/Z$/, '')}Z`) / 1000;
}
