import { Injectable } from '@nestjs/common';
import { type Drift, QuotaAccountsService } from '../../../quota/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';

/** The counters of every account are what its rows add up to. */
@Injectable()
export class QuotaCountersCheck extends Check {
  constructor(private readonly accounts: QuotaAccountsService) {
    super();
  }

  override async run(inspection: Inspection): Promise<void> {
    for await (const { accounts, drifts } of this.accounts.compare()) {
      for (const drift of drifts) {
        const { scope, subjectId } = drift;
        await inspection.report(
          { kind: 'quota.drift', subject: `${scope}:${subjectId}`, detail: describe(drift) },
          async () => (await this.accounts.recalculate({ scope, subjectId })).length > 0,
        );
      }
      await inspection.looked('accounts', accounts);
    }
  }
}

function describe(drift: Drift): string {
  return (['usedBytes', 'reservedBytes', 'mediaCount'] as const)
    .filter((counter) => drift[counter].was !== drift[counter].is)
    .map((counter) => `${counter} is ${drift[counter].was} and must be ${drift[counter].is}`)
    .join(', ');
}
