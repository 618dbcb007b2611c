import { setTimeout as sleep } from 'node:timers/promises';

/** @throws Error when the work takes longer; the work itself goes on */
export async function withinTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const deadline = sleep(milliseconds, undefined, { signal: settled.signal }).then((): never => {
    throw new Error(`no answer within ${milliseconds} ms`);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    settled.abort();
  }
}
