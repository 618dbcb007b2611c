import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Gauge } from 'prom-client';
import { TRANSFORM_WAITING } from '../metrics/index.js';
import { TransformGate } from '../processing/index.js';

/** The gate of the image engine, with the number of those who wait before it among the metrics. */
@Injectable()
export class MeteredTransformGate {
  constructor(
    private readonly gate: TransformGate,
    @InjectMetric(TRANSFORM_WAITING) private readonly waiting: Gauge,
  ) {}

  /** As TransformGate.run. @throws TRANSFORM_BUSY */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = this.gate.run(key, work);
    this.waiting.set(this.gate.load.waiting);
    try {
      return await result;
    } finally {
      this.waiting.set(this.gate.load.waiting);
    }
  }
}
