import { Inject, Injectable } from '@nestjs/common';
import { type UploadsConfig, uploadsConfig } from '../../../config/index.js';
import { Database } from '../../../database/index.js';
import { QuotaService } from '../../../quota/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';
import { pagesById } from '../pages.js';

/** What is over is given back by a job every minute; so much later it is clear that it is not. */
const OVERDUE_SECONDS = 3600;
/** Clocks of processes and of the database differ. */
const CLOCK_SECONDS = 60;

/**
 * Every reservation is that of an open session, of an import whose bytes are on their way, or of a form that is being
 * received. The latter has no row: its reservation is renewed for a short time again and again.
 */
const ORPHANED = `
  not exists (select from upload where upload.id = quota_reservation.id and state in ('open', 'finishing'))
  and not exists (select from media where media.id = quota_reservation.id and status = 'pending' and blob_id is null)
  and expires_at not between now() - make_interval(secs => ${OVERDUE_SECONDS}) and now() + make_interval(secs => ?)`;

@Injectable()
export class ReservationsCheck extends Check {
  constructor(
    private readonly database: Database,
    private readonly quota: QuotaService,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {
    super();
  }

  override async run(inspection: Inspection): Promise<void> {
    const longest = this.config.reservationTtlMs / 1000 + CLOCK_SECONDS;
    const orphaned = pagesById<{ id: string; user_id: string; bytes: string }>(
      this.database,
      `select id, user_id, bytes from quota_reservation where ${ORPHANED} and id > ? order by id limit ?`,
      { parameters: [longest] },
    );
    for await (const page of orphaned) {
      for (const { id, user_id, bytes } of page) {
        await inspection.report(
          {
            kind: 'reservation.without-upload',
            subject: id,
            detail: `${bytes} bytes of ${user_id} for an upload that is not there`,
          },
          () => this.release(id, longest),
        );
      }
    }
    const [row] = await this.database
      .unit()
      .execute<{ reservations: string }[]>('select count(*) as reservations from quota_reservation');
    await inspection.looked('reservations', Number(row?.reservations));
  }

  private release(id: string, longest: number): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.execute<object[]>(
        `select from quota_reservation where id = ? and ${ORPHANED} for update`,
        [id, longest],
      );
      if (rows.length > 0) await this.quota.release(tx, id);
      return rows.length > 0;
    });
  }
}
