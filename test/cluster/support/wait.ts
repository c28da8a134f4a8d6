export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Asks again and again until there is an answer; what was wrong at last is part of the failure. */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last = 'no answer';
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = (error as Error).message;
    }
    await sleep(0.3);
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
