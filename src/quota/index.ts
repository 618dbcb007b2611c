export { Quota } from './entities/quota.entity.js';
export { QuotaReservation } from './entities/quota-reservation.entity.js';
export { QuotaModule } from './quota.module.js';
export { type AccountState, type Drift, QuotaAccountsService } from './quota-accounts.service.js';
export type { QuotaOwner } from './quota.repository.js';
export { QuotaService } from './quota.service.js';
