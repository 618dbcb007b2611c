import { addAbortSignal, type Readable } from 'node:stream';

/**
 * Ties the source of a put to its signal. Call it before the first await.
 */
export function guardSource(source: Readable, signal?: AbortSignal): void {
  // An error before the first read would be an unhandled event; the reader gets it again.
  source.on('error', () => undefined);
  if (signal) addAbortSignal(signal, source);
}

/**
 * Ends the source of a failed put and says why it failed: the signal's reason, else the source's own error,
 * else what the driver makes of its failure.
 */
export function putFailure(
  failure: unknown,
  source: Readable,
  options: { signal?: AbortSignal | undefined; translate: (failure: unknown) => unknown },
): unknown {
  const own = source.errored;
  source.destroy();
  if (options.signal?.aborted) return options.signal.reason;
  return own ?? options.translate(failure);
}
