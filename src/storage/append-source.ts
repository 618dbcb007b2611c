/** The source of one append, tied to its signal. A source that waits need not react to its destruction. */
export class AppendSource {
  private readonly iterator: AsyncIterator<Buffer>;
  private stopped: { failure: { reason: unknown } | null } | null = null;
  private wake: () => void = () => undefined;
  private readonly abort = (): void => this.stop({ reason: this.signal?.reason });

  constructor(
    source: AsyncIterable<Buffer>,
    private readonly signal?: AbortSignal,
  ) {
    this.iterator = source[Symbol.asyncIterator]();
    if (signal?.aborted) this.abort();
    signal?.addEventListener('abort', this.abort, { once: true });
  }

  /** The next bytes; null when the source has ended or failed, the signal aborts, or somebody interrupts. */
  next(): Promise<Buffer | null> {
    if (this.stopped) return Promise.resolve(null);
    // No race with one promise for the abort: that would keep something of every chunk until the end.
    return new Promise((resolve) => {
      this.wake = () => resolve(null);
      void this.pull(resolve);
    });
  }

  /** Ends the reading, for a failure that is not the source's. */
  interrupt(): void {
    this.stop(null);
  }

  /** Throws what ended the source before its end. */
  throwIfFailed(): void {
    if (this.stopped?.failure) throw this.stopped.failure.reason;
  }

  /** Lets go of the source; one that waits is told, not waited for. */
  close(): void {
    this.signal?.removeEventListener('abort', this.abort);
    this.stopped ??= { failure: null };
    Promise.resolve(this.iterator.return?.()).catch(() => undefined);
  }

  private async pull(take: (chunk: Buffer) => void): Promise<void> {
    try {
      const { done, value } = await this.iterator.next();
      if (done) this.stop(null);
      else take(value);
    } catch (reason) {
      this.stop({ reason });
    }
  }

  private stop(failure: { reason: unknown } | null): void {
    this.stopped ??= { failure };
    this.wake();
  }
}
