import { DeletionsCheck } from './deletions.check.js';
import { ObjectOwnersCheck } from './object-owners.check.js';
import { OriginalLinksCheck } from './original-links.check.js';
import { QuotaCountersCheck } from './quota-counters.check.js';
import { ReservationsCheck } from './reservations.check.js';
import { StandingMediaCheck } from './standing-media.check.js';
import { StoredOriginalsCheck } from './stored-originals.check.js';
import { StoredVariantsCheck } from './stored-variants.check.js';
import { UnfinishedObjectsCheck } from './unfinished-objects.check.js';
import { UploadClaimsCheck } from './upload-claims.check.js';

/** In the order in which they run: what one sets right may be what another looks at. */
export const checks = [
  OriginalLinksCheck,
  UploadClaimsCheck,
  ReservationsCheck,
  QuotaCountersCheck,
  StandingMediaCheck,
  DeletionsCheck,
  StoredOriginalsCheck,
  StoredVariantsCheck,
  ObjectOwnersCheck,
  UnfinishedObjectsCheck,
];
