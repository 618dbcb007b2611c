import { createReadStream, createWriteStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Lifecycle } from '../../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../../config/index.js';
import { ScratchSpace } from '../../processing/index.js';
import { QuotaService } from '../../quota/index.js';
import { decideType } from '../decide-type.js';
import type { Upload } from '../entities/upload.entity.js';
import { Inspection, type StoredFacts } from '../session/stored-facts.js';
import { UploadStream } from '../session/upload-stream.js';
import type { WriterLease } from '../session/writer-lease.js';
import { UploadMeter } from '../upload-meter.js';
import type { UploadChecksum } from './tus-headers.js';
import { tusErrors } from './tus.errors.js';

/** Takes the body of a PATCH, or of a creation, into a session. */
@Injectable()
export class TusWriteService {
  constructor(
    private readonly quota: QuotaService,
    private readonly stream: UploadStream,
    private readonly scratch: ScratchSpace,
    private readonly lifecycle: Lifecycle,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
  ) {}

  /**
   * Appends a body at the session's offset. As much of it as came is kept, however it ends; with a checksum all
   * of it or nothing.
   * @returns what is known of the whole upload, if all of it came in this one body
   * @throws TUS_CHECKSUM_MISMATCH, UPLOAD_TAKEN_OVER, what UploadMeter.meter throws, CONTENT_TYPE_MISMATCH,
   *   UNSUPPORTED_MEDIA_TYPE, STORAGE_FULL, STORAGE_UNAVAILABLE
   */
  async write(
    upload: Upload,
    lease: WriterLease,
    { body, checksum }: { body: Readable; checksum: UploadChecksum | null },
  ): Promise<StoredFacts | null> {
    const meter = new UploadMeter({
      maxBytes: upload.sizeBytes ?? this.config.maxUploadBytes,
      startBytes: upload.offsetBytes,
      hashes: false,
      idleTimeoutMs: this.config.idleTimeoutMs,
      minBytesPerSecond: this.config.minBytesPerSecond,
      claimAhead: upload.sizeBytes === null,
      reservedBytes: upload.sizeBytes ?? (await this.quota.reservedBytes(upload.id)),
      claim: (bytes) => this.quota.extend(upload.id, { userId: upload.ownerId, orgId: upload.orgId }, bytes),
    });
    const stop = new AbortController();
    const metered = meter.meter(body, AbortSignal.any([stop.signal, lease.signal, this.lifecycle.signal]));
    try {
      if (checksum) await this.appendVerified(upload, lease, { source: metered, checksum });
      else if (upload.offsetBytes > 0) await this.stream.append(upload, lease, metered);
      else return await this.appendFirst(upload, lease, metered);
      return null;
    } finally {
      stop.abort();
      await metered.return(undefined);
    }
  }

  /** The beginning of a file tells what it is: what would be refused in the end is refused here. */
  private async appendFirst(
    upload: Upload,
    lease: WriterLease,
    source: AsyncIterable<Buffer>,
  ): Promise<StoredFacts | null> {
    const { filename, declaredType, tusConcat, sizeBytes } = upload;
    const { allowedTypes } = this.config;
    const inspection = new Inspection(async (head) => {
      if (tusConcat === null) await decideType(head, { filename, declaredType, allowedTypes });
    });
    await this.stream.append(upload, lease, inspection.pass(source));
    const facts = inspection.facts();
    return facts.sizeBytes === sizeBytes ? facts : null;
  }

  /** By way of a file: what has a wrong checksum must leave no trace in the session. */
  private async appendVerified(
    upload: Upload,
    lease: WriterLease,
    { source, checksum }: { source: AsyncIterable<Buffer>; checksum: UploadChecksum },
  ): Promise<void> {
    await this.scratch.use(async (directory) => {
      const path = join(directory, 'body');
      const hash = createHash(checksum.algorithm);
      await pipeline(
        source,
        async function* hashed(chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(path),
        { signal: lease.signal },
      );
      if (!hash.digest().equals(checksum.digest)) throw tusErrors.TUS_CHECKSUM_MISMATCH();
      await this.stream.append(upload, lease, createReadStream(path) as AsyncIterable<Buffer>);
    });
  }
}
