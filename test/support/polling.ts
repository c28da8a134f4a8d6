/** Milliseconds; a question that is answered from memory may come again after the least. */
const LEAST = 15;
const MOST = 400;
/** How much longer than a question took the pause after it is: what waits must not take the machine from what it waits for. */
const SHARE = 3;

/** Waits until the next question, after one that took this long. */
export async function untilNextQuestion(took: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.min(MOST, Math.max(LEAST, SHARE * took))));
}
