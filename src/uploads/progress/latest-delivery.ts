/**
 * Hands values to a reader one at a time, the next when the last has left. What comes meanwhile waits, and
 * only the latest of it: a slow reader misses steps, never the last, and takes no memory.
 */
export class LatestDelivery<T> {
  private waiting: { value: T } | null = null;
  private busySince: number | null = null;
  private ended = false;

  /**
   * @param deliver resolves when the reader can take more; must not reject
   * @param onEnd called once, when everything has left after `end`
   */
  constructor(
    private readonly deliver: (value: T) => Promise<void>,
    private readonly onEnd: () => void,
  ) {}

  /** How long the reader has not taken what is on its way to it. */
  get busyMs(): number {
    return this.busySince === null ? 0 : performance.now() - this.busySince;
  }

  push(value: T): void {
    if (this.ended) return;
    this.waiting = { value };
    if (this.busySince === null) void this.run();
  }

  /** What waits is still delivered. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.busySince === null) this.onEnd();
  }

  private async run(): Promise<void> {
    while (this.waiting) {
      const { value } = this.waiting;
      this.waiting = null;
      this.busySince = performance.now();
      await this.deliver(value);
    }
    this.busySince = null;
    if (this.ended) this.onEnd();
  }
}
