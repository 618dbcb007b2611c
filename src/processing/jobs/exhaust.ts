/** Repeats a step that handles up to `batch` items until there are no more, or the signal aborts. */
export async function exhaust(
  signal: AbortSignal,
  batch: number,
  step: () => Promise<number>,
): Promise<void> {
  while (!signal.aborted && (await step()) === batch);
}
