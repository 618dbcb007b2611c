import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import { UploadRepairService } from '../../../uploads/index.js';
import { Check } from '../check.js';
import type { FindingKind } from '../finding.js';
import type { Inspection } from '../inspection.js';
import { pagesById } from '../pages.js';

/** One rule that open sessions keep. */
interface Rule {
  kind: FindingKind;
  /** Rows that break it: `id` and `detail`. */
  sql: string;
  mend: (id: string) => Promise<boolean>;
}

/**
 * Open sessions hold quota and a place in the ledger, and know how much of them is stored. One whose time is over is
 * left to the job that drops it: what it held may have been given back before. An import has another place for each
 * attempt, and each claims quota again that was given back while its media was in the trash.
 */
@Injectable()
export class UploadClaimsCheck extends Check {
  private readonly rules: readonly Rule[];

  constructor(
    private readonly database: Database,
    repair: UploadRepairService,
  ) {
    super();
    this.rules = [
      {
        kind: 'upload.without-reservation',
        sql: `select id, protocol || ' of ' || owner_id as detail from upload
              where state in ('open', 'finishing') and expires_at > now() and protocol <> 'import'
                and not exists (select from quota_reservation where quota_reservation.id = upload.id)`,
        mend: (id) => repair.restoreReservation(id),
      },
      {
        kind: 'upload.without-ledger-entry',
        sql: `select id, protocol || ' of ' || owner_id as detail from upload
              where state in ('open', 'finishing') and expires_at > now() and protocol <> 'import'
                and not exists (select from pending_deletion
                                 where prefix = 'originals/' || right(upload.id::text, 2) || '/' || upload.id || '/')`,
        mend: (id) => repair.restoreLedgerEntry(id),
      },
      {
        kind: 'upload.offset-differs',
        sql: `select id, offset_bytes || ' bytes are acknowledged, the parts have ' || stored as detail
              from upload, lateral (select coalesce(sum(size_bytes), 0) as stored from upload_part
                                     where upload_id = upload.id and receipt is not null) as parts
              where state in ('open', 'finishing') and protocol in ('tus', 'multipart') and stored <> offset_bytes`,
        // What a tus client was told stays true, whatever the parts say: that is for a person to look at.
        mend: (id) => repair.recountParts(id),
      },
    ];
  }

  override async run(inspection: Inspection): Promise<void> {
    for (const { kind, sql, mend } of this.rules) {
      const broken = pagesById<{ id: string; detail: string }>(
        this.database,
        `${sql} and id > ? order by id limit ?`,
      );
      for await (const page of broken) {
        for (const { id, detail } of page)
          await inspection.report({ kind, subject: id, detail }, () => mend(id));
      }
    }
    const [row] = await this.database
      .unit()
      .execute<{ uploads: string }[]>(
        `select count(*) as uploads from upload where state in ('open', 'finishing')`,
      );
    await inspection.looked('uploads', Number(row?.uploads));
  }
}
