import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { Database } from '../../database/index.js';
import { MediaChanges, Outbox } from '../../events/index.js';
import { jobNames } from './job-catalogue.js';
import { JobQueues } from './job-queues.js';

const BATCH = 200;
/** Requests are dispatched as soon as their commit is noticed; this is for those that were missed. */
const POLL_MS = 2000;

/** Moves committed job requests to the queues. Every process runs one; they share the work. */
@Injectable()
export class OutboxDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OutboxDispatcher.name);
  private current: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private poll: NodeJS.Timeout | null = null;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly queues: JobQueues,
    private readonly changes: MediaChanges,
  ) {}

  onApplicationBootstrap(): void {
    this.stopListening = this.changes.onChange(() => this.wake());
    this.poll = setInterval(() => this.wake(), POLL_MS);
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopListening();
    if (this.poll) clearInterval(this.poll);
    await this.current;
  }

  /** Dispatches now, or once more when a dispatch is under way. */
  private wake(): void {
    if (this.stopped) return;
    this.again = true;
    this.current ??= this.drain().finally(() => {
      this.current = null;
    });
  }

  private async drain(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        const moved = await this.database.transaction((tx) =>
          // A job that only a newer version knows stays for a process of that version.
          this.outbox.drain(tx, { jobs: jobNames, limit: BATCH }, (requests) => this.queues.add(requests)),
        );
        if (moved === BATCH) this.again = true;
      } catch (error) {
        this.logger.warn({ err: error }, 'job requests could not be dispatched; they stay in the outbox');
        return;
      }
    }
  }
}
