/** Runs work on every item, at most so much of it at a time. Rejects with the first failure once nothing runs any more. */
export async function atOnce<T>(
  limit: number,
  items: readonly T[],
  run: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const failed = new AbortController();
  const worker = async (): Promise<void> => {
    try {
      for (const [index, item] of queue) {
        failed.signal.throwIfAborted();
        await run(item, index);
      }
    } catch (error) {
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  failed.signal.throwIfAborted();
}
