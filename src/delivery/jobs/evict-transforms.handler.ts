import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge } from 'prom-client';
import { TRANSFORM_CACHE_BYTES, TRANSFORM_EVICTED_BYTES } from '../../metrics/index.js';
import { type JobContext, JobHandler } from '../../processing/index.js';
import { TransformEviction } from '../transforms/transform-eviction.js';
import { TransformLeases } from '../transforms/transform-leases.js';

/** Stored transforms come back within their bounds, and leases of dead processes are forgotten. */
@Injectable()
export class EvictTransformsHandler extends JobHandler {
  override readonly job = 'delivery.evict-transforms';

  constructor(
    private readonly eviction: TransformEviction,
    private readonly leases: TransformLeases,
    @InjectMetric(TRANSFORM_CACHE_BYTES) private readonly stored: Gauge,
    @InjectMetric(TRANSFORM_EVICTED_BYTES) private readonly evicted: Counter,
  ) {
    super();
  }

  override async handle(_payload: object, { signal }: JobContext): Promise<void> {
    const { bytes, evictedBytes } = await this.eviction.run(signal);
    this.stored.set(bytes);
    this.evicted.inc(evictedBytes);
    await this.leases.sweep();
  }
}
