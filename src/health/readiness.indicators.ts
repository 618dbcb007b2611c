import { Injectable, Logger } from '@nestjs/common';
import { type HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { Lifecycle } from '../common/index.js';
import { Database } from '../database/index.js';
import { JobQueues } from '../processing/index.js';
import { Scanner } from '../security/index.js';
import { ObjectStore } from '../storage/index.js';

/** Probes have a few seconds; what has not answered by then counts as down. */
const CHECK_TIMEOUT_MS = 2000;

/** The parts that the service can not do without. */
@Injectable()
export class ReadinessIndicators {
  private readonly logger = new Logger(ReadinessIndicators.name);
  private readonly down = new Set<string>();

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly lifecycle: Lifecycle,
    private readonly database: Database,
    private readonly queues: JobQueues,
    private readonly store: ObjectStore,
    private readonly scanner: Scanner,
  ) {}

  all(): HealthIndicatorFunction[] {
    return [
      () =>
        this.indicate('service', async () => {
          if (this.lifecycle.draining) throw new Error('shutting down');
        }),
      () => this.indicate('database', () => this.database.check()),
      () => this.indicate('queue', () => this.queues.check()),
      () => this.indicate('storage', (signal) => this.store.check(signal)),
      () => this.indicate('scanner', (signal) => this.scanner.check(signal)),
    ];
  }

  /** Says up or down and no more: why is for the log, not for a public page. */
  private async indicate(name: string, check: (signal: AbortSignal) => Promise<void>) {
    const indicator = this.indicators.check(name);
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const timeout = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('timed out')), { once: true });
    });
    try {
      await Promise.race([check(signal), timeout]);
      this.down.delete(name);
      return indicator.up();
    } catch (error) {
      // Once per failure: probes come every few seconds.
      if (!this.down.has(name)) this.logger.warn({ err: error, part: name }, 'a part of the service is down');
      this.down.add(name);
      return indicator.down();
    }
  }
}
