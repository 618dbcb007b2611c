export { DeliveryModule } from './delivery.module.js';
export { TransformLeaseRow } from './entities/transform-lease.entity.js';
export { deliveryHandlers, DeliveryJobsModule } from './jobs/delivery-jobs.module.js';
