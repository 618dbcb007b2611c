import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { type UploadsConfig, uploadsConfig } from '../../config/index.js';
import type { ArrivedBytes } from '../../media/index.js';
import { UPLOAD_BYTES } from '../../metrics/index.js';
import { QuotaService } from '../../quota/index.js';
import { SNIFF_BYTES } from '../../security/index.js';
import { ObjectStore } from '../../storage/index.js';
import { decideType } from '../decide-type.js';
import type { Upload } from '../entities/upload.entity.js';
import { splitHead } from '../split-head.js';
import { UploadMeter } from '../upload-meter.js';
import { uploadErrors } from '../uploads.errors.js';

/** A file of a source, on its way to the store. */
export interface Transfer {
  /** Where it goes. */
  key: string;
  source: Readable;
  meter: UploadMeter;
  signal: AbortSignal;
}

/** Takes the bytes of an import in, once, under the limits of its owner, checking them as they pass. */
@Injectable()
export class ImportIntake {
  constructor(
    private readonly store: ObjectStore,
    private readonly quota: QuotaService,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
    @InjectMetric(UPLOAD_BYTES) private readonly bytes: Counter,
  ) {}

  /** Of one file. */
  get maxBytes(): number {
    return this.config.maxUploadBytes;
  }

  /**
   * Claims what the source says that the file has, beyond what an earlier attempt has claimed, or lets the meter
   * claim as bytes come.
   * @throws QUOTA_EXCEEDED, RESERVATION_LOST
   */
  async meter({ id, ownerId, orgId }: Upload, contentLength: number | null): Promise<UploadMeter> {
    const claim = (bytes: number): Promise<void> => this.quota.extend(id, { userId: ownerId, orgId }, bytes);
    const claimed = await this.quota.reservedBytes(id);
    const missing = Math.max(0, (contentLength ?? 0) - claimed);
    if (missing > 0) await claim(missing);
    return new UploadMeter({
      maxBytes: this.maxBytes,
      // Silence ends the source; and all of it may take IMPORT_TIMEOUT_SECONDS, at whatever rate.
      idleTimeoutMs: 0,
      minBytesPerSecond: 0,
      reservedBytes: claimed + missing,
      claimAhead: contentLength === null,
      claim,
    });
  }

  /**
   * Streams a file into the store. What its source declares it to be plays no part: servers are often wrong, the
   * user did not say it, and the content decides.
   * @throws what the source fails with, UPLOAD_TOO_LARGE, UPLOAD_EMPTY, QUOTA_EXCEEDED, UNSUPPORTED_MEDIA_TYPE,
   *   CHECKSUM_MISMATCH, STORAGE_FULL, STORAGE_UNAVAILABLE
   */
  async receive(
    { filename, expectedSha256 }: Upload,
    { key, source, meter, signal }: Transfer,
  ): Promise<Omit<ArrivedBytes, 'attemptId' | 'rename'>> {
    const metered = meter.meter(source, signal);
    try {
      const { head, whole } = await splitHead(metered, SNIFF_BYTES);
      if (head.length === 0) throw uploadErrors.UPLOAD_EMPTY();
      const { allowedTypes } = this.config;
      const { contentType, kind } = await decideType(head, { filename, declaredType: null, allowedTypes });
      await this.store.put(key, Readable.from(whole, { objectMode: false }), { contentType, signal });
      const sha256 = meter.digest();
      if (expectedSha256 !== null && expectedSha256 !== sha256) throw uploadErrors.CHECKSUM_MISMATCH();
      this.bytes.inc({ outcome: 'stored' }, meter.sizeBytes);
      return { contentType, kind, sizeBytes: meter.sizeBytes, sha256 };
    } catch (error) {
      this.bytes.inc({ outcome: 'refused' }, meter.sizeBytes);
      await metered.return(undefined);
      throw error;
    }
  }
}
