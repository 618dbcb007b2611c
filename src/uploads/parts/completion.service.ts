import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import type { Media } from '../../media/index.js';
import { Assembler, type Piece, uploadKey } from '../../storage/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { UploadFinisher } from '../session/upload-finisher.js';
import type { WriterLease } from '../session/writer-lease.js';
import { type ClaimedPart, fingerprintOf, parseFingerprint, piecesOf } from './completed-parts.js';
import { DirectObject } from './direct-object.js';
import { planOf } from './part-plan.js';
import { partErrors } from './parts.errors.js';
import { StoredParts } from './stored-parts.js';

/** Turns a multipart session that has all its parts into a media. */
@Injectable()
export class CompletionService {
  constructor(
    private readonly database: Database,
    private readonly stored: StoredParts,
    private readonly direct: DirectObject,
    private readonly assembler: Assembler,
    private readonly finisher: UploadFinisher,
  ) {}

  /**
   * @param claimed the parts as the client knows them; null: whatever is stored
   * @throws UPLOAD_COMPLETED_OTHERWISE, UPLOAD_INCOMPLETE, UPLOAD_PART_MISMATCH, UPLOAD_SIZE_MISMATCH, and what
   *   UploadFinisher.finish throws
   */
  async complete(upload: Upload, lease: WriterLease, claimed: readonly ClaimedPart[] | null): Promise<Media> {
    if (upload.state === 'open') return this.begin(upload, lease, claimed);
    if (claimed && fingerprintOf(claimed) !== upload.completedWith) {
      throw partErrors.UPLOAD_COMPLETED_OTHERWISE();
    }
    return this.resume(upload, lease);
  }

  /** Goes on with what an earlier request, or one that died, had begun. */
  async resume(upload: Upload, lease: WriterLease): Promise<Media> {
    if (upload.state !== 'finishing') return this.finisher.finish(upload, lease);
    const claimed = parseFingerprint(upload.completedWith ?? '');
    return this.finish(upload, lease, await this.pieces(upload, claimed));
  }

  private async begin(
    upload: Upload,
    lease: WriterLease,
    claimed: readonly ClaimedPart[] | null,
  ): Promise<Media> {
    const known = claimed ?? (await this.stored.claims(upload));
    const pieces = await this.pieces(upload, known);
    await this.database
      .unit()
      .execute('update upload set completed_with = ? where id = ?', [fingerprintOf(known), upload.id], 'run');
    return this.finish(upload, lease, pieces);
  }

  /** None when the whole was put at once. */
  private async pieces(upload: Upload, claimed: readonly ClaimedPart[]): Promise<Piece[]> {
    if (upload.direct === 'object') return [];
    const known = await this.stored.list(upload);
    const direct = upload.direct === 'parts' ? this.assembler.directPiece.bind(this.assembler) : null;
    return piecesOf(planOf(upload), known, { claimed, direct });
  }

  private finish(upload: Upload, lease: WriterLease, pieces: readonly Piece[]): Promise<Media> {
    const { id, direct } = upload;
    const assembly = { key: uploadKey(id), handle: upload.assembly };
    const assemble = async (): Promise<void> => {
      if (direct !== 'object') {
        await this.assembler.assemble(assembly, pieces);
        return;
      }
      await this.direct.take(upload);
      // Begun with the session, for pieces that never came.
      await this.assembler.abandon(assembly);
    };
    // What did not pass through the service is measured now, and hashed by a job.
    return this.finisher.finish(upload, lease, {
      assemble,
      ...(direct !== null && { inspect: () => this.direct.measure(upload) }),
    });
  }
}
