import { addAbortSignal, PassThrough, pipeline, type Readable } from 'node:stream';

/**
 * The source of one put, tied to its signal. Construct it before the first await: an error of the source
 * that nobody listens to ends the process.
 */
export class PutSource {
  /** What the driver reads: ends with an error as soon as the source fails or the signal aborts. */
  readonly stream: Readable;
  /** The source's own error, as against those that its destruction by others gives it. */
  private failure: Error | null;

  constructor(
    private readonly source: Readable,
    private readonly signal?: AbortSignal,
  ) {
    // Between source and driver, for a source need not react to its destruction: one made from a
    // generator that waits doesn't.
    const passage = new PassThrough();
    passage.on('error', () => undefined);
    this.failure = source.errored;
    source.once('error', (error) => {
      if (!passage.destroyed) this.failure = error;
    });
    pipeline(source, passage, () => undefined);
    this.stream = signal ? addAbortSignal(signal, passage) : passage;
  }

  /**
   * Ends the source of a put that failed and says why it did: the signal's reason, else the source's own
   * error, else what `translate` makes of the driver's failure.
   */
  fail(failure: unknown, translate: (failure: unknown) => unknown): unknown {
    this.source.destroy();
    this.stream.destroy();
    if (this.signal?.aborted) return this.signal.reason;
    return this.failure ?? translate(failure);
  }
}
