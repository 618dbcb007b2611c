import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import { StoredOriginals } from '../../../media/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';
import { pagesById } from '../pages.js';

/**
 * Media that must have bytes refer to an original, and every original is referred to. Only an import has none, until
 * it is hashed or has failed.
 */
@Injectable()
export class OriginalLinksCheck extends Check {
  constructor(
    private readonly database: Database,
    private readonly originals: StoredOriginals,
  ) {
    super();
  }

  /** Media first: what they have lost may be the original that nobody refers to. */
  override async run(inspection: Inspection): Promise<void> {
    const bare = pagesById<{ id: string; status: string }>(
      this.database,
      `select id, status from media
       where blob_id is null and (status not in ('pending', 'failed') or sha256 is not null)
         and id > ? order by id limit ?`,
    );
    for await (const page of bare) {
      for (const { id, status } of page) {
        await inspection.report(
          {
            kind: 'media.without-original',
            subject: id,
            detail: `it is ${status} and refers to no original`,
          },
          () => this.database.transaction((tx) => this.originals.reattach(tx, id)),
        );
      }
    }
    const unused = pagesById<{ id: string; storage_key: string }>(
      this.database,
      `select id, storage_key from blob
       where not exists (select from media where blob_id = blob.id) and id > ? order by id limit ?`,
    );
    for await (const page of unused) {
      for (const { id, storage_key } of page) {
        await inspection.report(
          { kind: 'original.unused', subject: id, detail: `no media refers to ${storage_key}` },
          () => this.database.transaction((tx) => this.originals.releaseUnused(tx, id)),
        );
      }
    }
    const [row] = await this.database
      .unit()
      .execute<{ media: string }[]>('select count(*) as media from media');
    await inspection.looked('media', Number(row?.media));
  }
}
