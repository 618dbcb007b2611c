import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge } from 'prom-client';
import { type DeliveryConfig, deliveryConfig } from '../../config/index.js';
import { TRANSFORM_REFUSALS, TRANSFORM_RUNNING, TRANSFORM_WAITING } from '../../metrics/index.js';
import { Admission } from './admission.js';

/** The one door of this process for transforms on request; what happens at it is among the metrics. */
@Injectable()
export class MeteredAdmission extends Admission {
  constructor(
    @Inject(deliveryConfig.KEY) { admission }: DeliveryConfig,
    @InjectMetric(TRANSFORM_RUNNING) running: Gauge,
    @InjectMetric(TRANSFORM_WAITING) waiting: Gauge,
    @InjectMetric(TRANSFORM_REFUSALS) refusals: Counter,
  ) {
    super(admission, {
      changed: (load) => {
        running.set(load.running);
        waiting.set(load.waiting);
      },
      refused: (reason) => refusals.inc({ reason }),
    });
  }
}
