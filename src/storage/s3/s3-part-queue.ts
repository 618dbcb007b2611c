/** Something that is on its way to the store, and then durable. */
interface Entry<T> {
  settled: Promise<void>;
  result: { value: T } | null;
}

/**
 * Runs uploads at once, at most `limit` of them that are not told yet, and tells of them in the order in which they
 * were added, never twice at once.
 */
export class PartQueue<T> {
  private readonly entries: Entry<T>[] = [];
  private telling: Promise<void> | null = null;
  private failure: { reason: unknown } | null = null;
  private readonly broken = new AbortController();

  constructor(
    private readonly limit: number,
    private readonly parts: { tell: (values: T[]) => Promise<void>; onFailure: () => void },
  ) {}

  /** Starts an upload when there is room for it. @throws the first failure */
  async add(upload: (signal: AbortSignal) => Promise<T>): Promise<void> {
    while (this.entries.length >= this.limit && this.telling) await this.telling;
    this.throwIfFailed();
    const entry: Entry<T> = { settled: Promise.resolve(), result: null };
    entry.settled = this.run(entry, upload);
    this.entries.push(entry);
    this.telling ??= this.tellNext();
  }

  /** Resolves when everything is told. @throws the first failure */
  async drain(): Promise<void> {
    while (this.telling) await this.telling;
    this.throwIfFailed();
  }

  /** Ends what is on its way, if something failed. Resolves when nothing is any more. */
  async close(): Promise<void> {
    this.broken.abort();
    while (this.telling) await this.telling;
    await Promise.all(this.entries.map(({ settled }) => settled));
  }

  private async run(entry: Entry<T>, upload: (signal: AbortSignal) => Promise<T>): Promise<void> {
    try {
      entry.result = { value: await upload(this.broken.signal) };
    } catch (error) {
      this.fail(error);
    }
  }

  private async tellNext(): Promise<void> {
    await this.entries[0]?.settled;
    const done = this.takeDone();
    try {
      if (!this.failure && done.length > 0) await this.parts.tell(done);
      this.entries.splice(0, done.length);
    } catch (error) {
      this.fail(error);
    }
    const goOn = !this.failure && this.entries.length > 0;
    this.telling = goOn ? this.tellNext() : null;
  }

  /** Results from the front on, up to the first that is still on its way. */
  private takeDone(): T[] {
    const pending = this.entries.findIndex(({ result }) => result === null);
    const done = this.entries.slice(0, pending < 0 ? undefined : pending);
    return done.flatMap(({ result }) => (result ? [result.value] : []));
  }

  private fail(reason: unknown): void {
    if (this.failure) return;
    this.failure = { reason };
    // What is still on its way could not be told any more.
    this.broken.abort();
    this.parts.onFailure();
  }

  private throwIfFailed(): void {
    if (this.failure) throw this.failure.reason;
  }
}
