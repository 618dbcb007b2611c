import { Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { HttpMetrics } from './http-metrics.js';
import { metricProviders } from './metric-providers.js';
import { MetricsController } from './metrics.controller.js';

@Global()
@Module({
  imports: [PrometheusModule.register({ controller: MetricsController, path: '/metrics' })],
  providers: [...metricProviders, HttpMetrics],
  exports: metricProviders,
})
export class MetricsModule {}
