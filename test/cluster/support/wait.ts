export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Asks again and again until there is an answer; what was wrong at last is part of the failure. */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last = 'no answer';
  do {
    const asked = Date.now();
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = (error as Error).message;
    }
    // each question is a program of its own: it must not take the machine from what is waited for
    await sleep(Math.min(2, Math.max(0.3, 2 * (Date.now() - asked) / 1000)));
  } while (Date.now() < end);
  throw new Error(`not within ${seconds} s: ${what} (${last})`);
}

/** Seconds that something took. */
export async function timed(body: () => Promise<unknown>): Promise<number> {
  const started = Date.now();
  await body();
  return (Date.now() - started) / 1000;
}

/** A measured figure, on standard output and not as a console message of the test framework. */
export function figure(text: string): void {
  process.stdout.write(`  figure: ${text}\n`);
}
