import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';

interface PartId {
  id: string;
  number: number;
}

/** Rows of the parts of a multipart session. */
@Injectable()
export class PartRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes the place of a part in the file, before its first byte.
   * @returns false when another attempt has had it, and may still be writing to it
   */
  async claim({ id, number }: PartId): Promise<boolean> {
    const rows = await this.database
      .unit()
      .execute<{ number: number }[]>(
        'insert into upload_part (upload_id, number) values (?, ?) on conflict do nothing returning number',
        [id, number],
      );
    return rows.length === 1;
  }

  /** Gives the place back, when its one attempt has failed and writes no more. */
  async unclaim({ id, number }: PartId): Promise<void> {
    await this.database
      .unit()
      .execute(
        'delete from upload_part where upload_id = ? and number = ? and receipt is null',
        [id, number],
        'run',
      );
  }

  /**
   * Notes that a part is durable; the last one that was noted counts.
   * @returns the receipt that counted before, or null; false when the session takes no more parts
   */
  store(
    { id, number }: PartId,
    part: { sizeBytes: number; receipt: string; etag: string },
  ): Promise<string | null | false> {
    return this.database.transaction(async (tx) => {
      // Locked, so that of parts stored at once each counts those before it.
      const open = await tx.execute<{ id: string }[]>(
        `select id from upload where id = ? and state = 'open' for update`,
        [id],
      );
      if (open.length === 0) return false;
      const before = await tx.execute<{ receipt: string | null }[]>(
        'select receipt from upload_part where upload_id = ? and number = ?',
        [id, number],
      );
      await tx.execute(
        `insert into upload_part (upload_id, number, size_bytes, receipt, etag) values (?, ?, ?, ?, ?)
         on conflict (upload_id, number) do update
           set size_bytes = excluded.size_bytes, receipt = excluded.receipt, etag = excluded.etag, stored_at = now()`,
        [id, number, part.sizeBytes, part.receipt, part.etag],
        'run',
      );
      await tx.execute(
        `update upload set offset_bytes =
           (select coalesce(sum(size_bytes), 0) from upload_part where upload_id = ? and receipt is not null)
         where id = ?`,
        [id, id],
        'run',
      );
      return before[0]?.receipt ?? null;
    });
  }
}
