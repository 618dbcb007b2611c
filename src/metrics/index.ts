export * from './metric-names.js';
export { MetricsModule } from './metrics.module.js';
