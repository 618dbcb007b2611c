import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/index.js';
import { ObjectStore } from '../../../storage/index.js';
import { Check } from '../check.js';
import type { Inspection } from '../inspection.js';
import { eachAtOnce, pagesById } from '../pages.js';
import { damageOf, storedSize } from '../stored-size.js';

const AT_ONCE = 16;

interface OriginalRow {
  id: string;
  storage_key: string;
  size_bytes: string;
}

/**
 * Every original is in the store, with its size. A row that is there before and after the look was there at the look:
 * it is committed after its bytes are durable, and they are deleted after it is.
 */
@Injectable()
export class StoredOriginalsCheck extends Check {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {
    super();
  }

  override async run(inspection: Inspection): Promise<void> {
    const originals = pagesById<OriginalRow>(
      this.database,
      'select id, storage_key, size_bytes from blob where id > ? order by id limit ?',
    );
    for await (const page of originals) {
      await eachAtOnce(AT_ONCE, page, (row) => this.look(row, inspection));
      await inspection.looked('originals', page.length);
    }
  }

  private async look(row: OriginalRow, inspection: Inspection): Promise<void> {
    if ((await this.damage(row)) === null || !(await this.stands(row))) return;
    const damage = await this.damage(row);
    if (damage === null || !(await this.stands(row))) return;
    await inspection.report({
      kind: `original.${damage.kind}`,
      subject: row.id,
      detail: `${row.storage_key}: ${damage.detail}`,
    });
  }

  private async damage({ storage_key, size_bytes }: OriginalRow): Promise<ReturnType<typeof damageOf>> {
    return damageOf(await storedSize(this.store, storage_key), Number(size_bytes));
  }

  private async stands({ id, storage_key, size_bytes }: OriginalRow): Promise<boolean> {
    const rows = await this.database
      .unit()
      .execute<object[]>('select from blob where id = ? and storage_key = ? and size_bytes = ?', [
        id,
        storage_key,
        size_bytes,
      ]);
    return rows.length > 0;
  }
}
