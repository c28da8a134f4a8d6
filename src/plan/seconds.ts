import type { Duration } from 'cdk8s';

/** Fractions pass through, as everything wrong does, but for those that only the arithmetic made: 1.1 hours are 3960 seconds. */
export function seconds(duration: Duration | null | undefined): number | undefined {
  return duration == null ? undefined : Math.round(duration.toSeconds({ integral: false }) * 1000) / 1000;
}

/** The same in milliseconds. */
export function milliseconds(duration: Duration | null | undefined): number | undefined {
  return duration == null ? undefined : Math.round(duration.toMilliseconds({ integral: false }) * 1000) / 1000;
}
