import { imageErrors } from '../image.errors.js';

export interface TransformGateOptions {
  /** How many transforms run at once. */
  concurrency: number;
  /** How many more may wait. */
  queueLength: number;
}

/** Roughly how long one transform takes, so how soon there is room again. */
const retryAfterSeconds = 1;

/**
 * Lets a bounded number of transforms into the process and does each at most once at a time: who asks for what is
 * already being made waits for that, and takes no place of its own.
 */
export class TransformGate {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly inFlight = new Map<string, Promise<unknown>>();

  constructor(private readonly options: TransformGateOptions) {}

  /** Transforms running and waiting, for metrics. */
  get load(): { running: number; waiting: number } {
    return { running: this.running, waiting: this.waiting.length };
  }

  /**
   * Runs `work`, or joins the run of the same key. All who joined get the same value or failure; a
   * failure is not kept.
   * @param key must name media and transform; equal keys must stand for equal results of the same type
   * @throws TRANSFORM_BUSY with Retry-After, when the queue is full
   */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const joined = this.inFlight.get(key);
    if (joined) return joined as Promise<T>;
    if (this.running >= this.options.concurrency && this.waiting.length >= this.options.queueLength) {
      return Promise.reject(
        imageErrors.TRANSFORM_BUSY(undefined, { headers: { 'Retry-After': String(retryAfterSeconds) } }),
      );
    }
    const result = this.admit(work).finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, result);
    return result;
  }

  private async admit<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.options.concurrency) this.running += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place is handed on, not freed: a newcomer in between can't take it and exceed the limit.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
