import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats a check until it stops throwing.
 * @throws what the check threw last, when that takes longer than `withinMs`
 */
export async function eventually<T>(check: () => Promise<T> | T, withinMs = 10_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
