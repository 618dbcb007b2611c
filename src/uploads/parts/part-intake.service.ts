import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import { Lifecycle, newId } from '../../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../../config/index.js';
import { Assembler, uploadKey } from '../../storage/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { sessionErrors } from '../session/session.errors.js';
import { UploadAccess } from '../session/upload-access.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import { UploadMeter } from '../upload-meter.js';
import { UploadSlots } from '../upload-slots.js';
import { PartChecksum } from './part-checksum.js';
import { placeOfPart, planOf } from './part-plan.js';
import { partErrors } from './parts.errors.js';
import { PartRepository } from './part.repository.js';

export interface PartBody {
  number: number;
  headers: IncomingHttpHeaders;
  body: Readable;
}

export interface StoredPart {
  number: number;
  etag: string;
  sizeBytes: number;
}

/** Takes parts of multipart sessions in: in any order, at once, again. */
@Injectable()
export class PartIntakeService {
  constructor(
    private readonly access: UploadAccess,
    private readonly sessions: UploadSessionsService,
    private readonly parts: PartRepository,
    private readonly assembler: Assembler,
    private readonly slots: UploadSlots,
    private readonly lifecycle: Lifecycle,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /**
   * Stores a part; it is durable when this resolves. When it rejects, what was stored under that number before
   * still counts.
   * @throws UPLOAD_NOT_FOUND, UPLOAD_NOT_OPEN, UPLOAD_PART_UNKNOWN, UPLOAD_PART_SIZE_INVALID,
   *   UPLOAD_PART_CHECKSUM_INVALID, UPLOAD_PART_CHECKSUM_MISMATCH, UPLOADS_BUSY, what UploadMeter.meter throws,
   *   STORAGE_FULL, STORAGE_UNAVAILABLE
   */
  async receive(principal: Principal, id: string, part: PartBody): Promise<StoredPart> {
    const upload = await this.access.owned(principal, id, 'multipart');
    if (upload.state !== 'open') throw sessionErrors.UPLOAD_NOT_OPEN();
    const { number } = part;
    const place = placeOfPart(planOf(upload), number);
    const announced = part.headers['content-length'];
    if (announced !== undefined && Number(announced) !== place.sizeBytes) {
      throw partErrors.UPLOAD_PART_SIZE_INVALID(`part ${number} must have ${place.sizeBytes} bytes`);
    }
    const checksum = PartChecksum.of(part.headers);
    return this.slots.occupy(async () => {
      await this.sessions.touch(upload);
      const exclusive = await this.parts.claim({ id, number });
      try {
        const etag = await this.store(upload, part.body, { number, ...place, exclusive, checksum });
        return { number, etag, sizeBytes: place.sizeBytes };
      } catch (error) {
        if (exclusive && this.assembler.failsForGood) await this.parts.unclaim({ id, number });
        throw error;
      }
    });
  }

  private async store(
    { id, assembly: handle }: Upload,
    body: Readable,
    slot: { number: number; offset: number; sizeBytes: number; exclusive: boolean; checksum: PartChecksum },
  ): Promise<string> {
    const { checksum, ...place } = slot;
    const meter = new UploadMeter({
      maxBytes: place.sizeBytes,
      idleTimeoutMs: this.config.idleTimeoutMs,
      minBytesPerSecond: this.config.minBytesPerSecond,
      claimAhead: false,
      reservedBytes: place.sizeBytes,
      claim: () => Promise.resolve(),
    });
    let etag = '';
    const assembly = { key: uploadKey(id), handle };
    const receipt = await this.assembler.putPiece(
      assembly,
      { ...place, attempt: newId() },
      Readable.from(checksum.pass(meter.meter(body, this.lifecycle.signal)), { objectMode: false }),
      {
        verify: () => {
          etag = meter.digest();
          checksum.verify(etag);
        },
      },
    );
    const replaced = await this.parts.store(
      { id, number: place.number },
      { sizeBytes: place.sizeBytes, receipt, etag },
    );
    if (replaced === false) {
      await this.assembler.dropPiece(assembly, receipt);
      throw sessionErrors.UPLOAD_NOT_OPEN();
    }
    if (replaced !== null) await this.assembler.dropPiece(assembly, replaced);
    return etag;
  }
}
