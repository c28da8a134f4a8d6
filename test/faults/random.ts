/* eslint-disable no-bitwise */
/**
 * Numbers that look random and follow from a seed (mulberry32). Every decision of a campaign comes from here, and is drawn before
 * anything runs: what the machine does in the meantime cannot change it.
 */
export class Random {
  private state: number;

  constructor(...seeds: readonly number[]) {
    this.state = 0x2545f491;
    for (const seed of seeds) {
      // the halves of a large seed both count
      this.state = (Math.imul(this.state ^ (seed >>> 0), 0x9e3779b1) ^ Math.floor(seed / 0x100000000)) >>> 0;
      this.next();
    }
  }

  /** At least 0, less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  }

  /** A whole number from 0, less than the count. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    return list.map(() => left.splice(this.below(left.length), 1)[0]);
  }

  /** One of them, each as often as its weight says. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T {
    let rest = this.next() * list.reduce((sum, { weight }) => sum + weight, 0);
    return list.find(({ weight }) => (rest -= weight) < 0) ?? list[list.length - 1];
  }
}
