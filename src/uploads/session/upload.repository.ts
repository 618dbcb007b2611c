import { Injectable } from '@nestjs/common';
import type { EntityData, EntityManager } from '@mikro-orm/postgresql';
import { Database } from '../../database/index.js';
import type { Piece } from '../../storage/index.js';
import { UploadPart } from '../entities/upload-part.entity.js';
import { Upload } from '../entities/upload.entity.js';
import { sessionErrors } from './session.errors.js';

/** A writer of a session by its token: it writes only as long as none is newer. */
export interface Fence {
  id: string;
  token: number;
}

/** Rows of upload sessions and of their parts. */
@Injectable()
export class UploadRepository {
  constructor(private readonly database: Database) {}

  find(id: string): Promise<Upload | null> {
    return this.database.unit().findOne(Upload, { id });
  }

  /** Parts that are durable, in order. */
  parts(id: string): Promise<UploadPart[]> {
    return this.database
      .unit()
      .find(UploadPart, { upload: id, receipt: { $ne: null } }, { orderBy: { number: 'asc' } });
  }

  /** The same, as the store knows them. */
  async pieces(id: string): Promise<Piece[]> {
    const parts = await this.parts(id);
    return parts.map(({ number, sizeBytes, receipt }) => ({ number, sizeBytes, receipt: receipt ?? '' }));
  }

  /** Sessions of an owner that still take bytes. */
  countOpen(tx: EntityManager, ownerId: string): Promise<number> {
    return tx.count(Upload, { ownerId, state: 'open' });
  }

  /**
   * Notes that more of a stream is durable, if the writer is still the newest.
   * @returns false when it is not, and nothing was noted
   */
  acknowledge({ id, token }: Fence, pieces: readonly Piece[], offsetBytes: number): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.execute<{ id: string }[]>(
        `update upload set offset_bytes = ?
         where id = ? and lease_token = ? and state = 'open' and offset_bytes <= ? returning id`,
        [offsetBytes, id, token, offsetBytes],
      );
      if (rows.length === 0) return false;
      await this.storeParts(tx, id, pieces);
      return true;
    });
  }

  /** @throws UPLOAD_TAKEN_OVER when there is a newer writer, or no session any more */
  async write(tx: EntityManager, { id, token }: Fence, changes: EntityData<Upload>): Promise<void> {
    const changed = await tx.nativeUpdate(Upload, { id, leaseToken: token }, changes);
    if (changed === 0) throw sessionErrors.UPLOAD_TAKEN_OVER();
  }

  private async storeParts(tx: EntityManager, id: string, pieces: readonly Piece[]): Promise<void> {
    for (const { number, sizeBytes, receipt } of pieces) {
      await tx.execute(
        `insert into upload_part (upload_id, number, size_bytes, receipt) values (?, ?, ?, ?)
         on conflict (upload_id, number) do update
           set size_bytes = excluded.size_bytes, receipt = excluded.receipt, stored_at = now()`,
        [id, number, sizeBytes, receipt],
        'run',
      );
    }
  }
}
