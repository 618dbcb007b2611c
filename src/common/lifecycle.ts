import { Global, Injectable, Module } from '@nestjs/common';

/**
 * How far this process is on its way out. `serving` → `draining` (unready, still answering, so that
 * load balancers notice) → `closing` (nothing new is taken, what runs is finished).
 */
@Injectable()
export class Lifecycle {
  #phase: 'serving' | 'draining' | 'closing' = 'serving';
  readonly #closing = new AbortController();

  /** Readiness says no. */
  get draining(): boolean {
    return this.#phase !== 'serving';
  }

  /** New requests are refused. */
  get closing(): boolean {
    return this.#phase === 'closing';
  }

  /** Aborts when closing begins: what would never end by itself (event streams, long polls) ends then. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  drain(): void {
    if (this.#phase === 'serving') this.#phase = 'draining';
  }

  close(): void {
    this.#phase = 'closing';
    this.#closing.abort();
  }
}

@Global()
@Module({ providers: [Lifecycle], exports: [Lifecycle] })
export class LifecycleModule {}
