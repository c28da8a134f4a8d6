/** Milliseconds between two questions that this process answers itself: some wait for a moment that is soon over. */
const LEAST = 15;
const MOST = 400;
/** How much longer than a question to a pod took the pause after it is: what waits must not take the machine from what it waits for. */
const SHARE = 3;

/** Calls a predicate; the pause that is due until it is called again, in milliseconds, stands in `pause`. */
export class Question<T> {
  pause = LEAST;

  constructor(private readonly predicate: () => T | Promise<T>) {}

  async ask(): Promise<T> {
    const begin = Date.now();
    const answer = this.predicate();
    if (!(answer instanceof Promise)) return answer;
    try {
      return await answer;
    } finally {
      this.pause = Math.min(MOST, Math.max(LEAST, SHARE * (Date.now() - begin)));
    }
  }

  async rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.pause));
  }
}
