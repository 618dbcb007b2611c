import { deliveryErrors } from '../delivery.errors.js';

export interface AdmissionOptions {
  /** How many run at once. */
  concurrency: number;
  /** Sum of the costs of what runs at once; one that alone costs more runs alone. */
  maxCost: number;
  /** How many may wait. */
  queueLength: number;
}

export interface AdmissionLoad {
  running: number;
  waiting: number;
}

/** Told of everything that happens at the door. */
export interface AdmissionObserver {
  changed(load: AdmissionLoad): void;
  refused(reason: 'full' | 'timeout'): void;
}

export interface Entrance {
  /** Estimated CPU milliseconds. */
  cost: number;
  /** Ends the wait, when nobody wants the result any more or all have waited for too long. */
  signal: AbortSignal;
}

interface Waiter {
  cost: number;
  admit(): void;
}

const maxRetryAfterSeconds = 30;

/**
 * Lets work in by what it costs, in the order of arrival, so that neither small nor large work waits for ever. How
 * many run and wait is bounded, and who comes beyond that is refused; for how long, those who wait decide.
 */
export class Admission {
  private running = 0;
  private runningCost = 0;
  private readonly waiting: Waiter[] = [];

  constructor(
    private readonly options: AdmissionOptions,
    private readonly observer: AdmissionObserver,
  ) {}

  /** @throws TRANSFORM_BUSY with Retry-After, when there is no room or the wait was in vain */
  async run<T>(entrance: Entrance, work: () => Promise<T>): Promise<T> {
    await this.enter(entrance);
    try {
      return await work();
    } finally {
      this.running -= 1;
      this.runningCost -= entrance.cost;
      this.admitNext();
    }
  }

  /** The answer to whoever can not be served now. */
  busy(): Error {
    const cost = this.waiting.reduce((sum, waiter) => sum + waiter.cost, this.runningCost);
    const seconds = Math.ceil(cost / this.options.concurrency / 1000);
    const retryAfter = Math.min(Math.max(seconds, 1), maxRetryAfterSeconds);
    return deliveryErrors.TRANSFORM_BUSY(undefined, { headers: { 'Retry-After': String(retryAfter) } });
  }

  /** Whether work of this cost would be refused now. */
  full(cost: number): boolean {
    return !this.free(cost) && this.waiting.length >= this.options.queueLength;
  }

  /** Counts a refusal. @returns the answer */
  refuse(reason: 'full' | 'timeout'): Error {
    this.observer.refused(reason);
    return this.busy();
  }

  private async enter({ cost, signal }: Entrance): Promise<void> {
    if (signal.aborted) throw this.busy();
    if (this.full(cost)) throw this.refuse('full');
    if (this.free(cost)) this.count(cost);
    else await this.wait(cost, signal);
  }

  private wait(cost: number, end: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(this.busy());
        // Who stood behind it may fit where it did not.
        this.admitNext();
      };
      const waiter: Waiter = {
        cost,
        admit: () => {
          end.removeEventListener('abort', leave);
          resolve();
        },
      };
      end.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiter);
      this.tell();
    });
  }

  private admitNext(): void {
    for (;;) {
      const [next] = this.waiting;
      if (!next || !this.fits(next.cost)) break;
      this.waiting.shift();
      this.count(next.cost);
      next.admit();
    }
    this.tell();
  }

  /** Nobody who waits is overtaken. */
  private free(cost: number): boolean {
    return this.waiting.length === 0 && this.fits(cost);
  }

  private fits(cost: number): boolean {
    if (this.running === 0) return true;
    return this.running < this.options.concurrency && this.runningCost + cost <= this.options.maxCost;
  }

  private count(cost: number): void {
    this.running += 1;
    this.runningCost += cost;
    this.tell();
  }

  private tell(): void {
    this.observer.changed({ running: this.running, waiting: this.waiting.length });
  }
}
