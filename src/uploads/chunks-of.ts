import type { Readable } from 'node:stream';

/**
 * The chunks of a stream as they come. Unlike the stream's own iterator it never destroys the stream, and an abort
 * ends it also while it waits: a client that is silent holds nobody up.
 * @throws what the stream failed with, Error when it closed before its end, the signal's reason
 */
export async function* chunksOf(source: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  let wake = (): void => undefined;
  const look = (): void => wake();
  const events = ['readable', 'end', 'error', 'close'] as const;
  for (const event of events) source.on(event, look);
  signal.addEventListener('abort', look);
  try {
    for (;;) {
      const moved = new Promise<void>((resolve) => {
        wake = resolve;
      });
      signal.throwIfAborted();
      if (source.errored) throw source.errored;
      const chunk = source.read() as Buffer | null;
      if (chunk !== null) {
        yield chunk;
        continue;
      }
      if (source.readableEnded) return;
      if (source.destroyed) throw new Error('the stream closed before its end');
      await moved;
    }
  } finally {
    for (const event of events) source.off(event, look);
    signal.removeEventListener('abort', look);
  }
}
