import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Gauge } from 'prom-client';
import { QUEUE_DEPTH, QUEUE_OLDEST_AGE } from '../../metrics/index.js';
import { JobQueues } from './job-queues.js';

const INTERVAL_MS = 15_000;

/** Keeps the gauges of the queues current. */
@Injectable()
export class QueueMetrics implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly queues: JobQueues,
    @InjectMetric(QUEUE_DEPTH) private readonly depth: Gauge,
    @InjectMetric(QUEUE_OLDEST_AGE) private readonly age: Gauge,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.collect(), INTERVAL_MS);
    void this.collect();
  }

  beforeApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
  }

  /** While the queue does not answer the gauges keep their last values; readiness tells of the failure. */
  private async collect(): Promise<void> {
    const states = await this.queues.states().catch(() => []);
    for (const { queue, counts, oldestWaitingSeconds } of states) {
      for (const [state, count] of Object.entries(counts)) this.depth.set({ queue, state }, count);
      this.age.set({ queue }, oldestWaitingSeconds ?? 0);
    }
  }
}
