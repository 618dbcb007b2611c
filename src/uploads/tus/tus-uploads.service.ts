import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import type { Upload } from '../entities/upload.entity.js';
import type { StoredFacts } from '../session/stored-facts.js';
import { sessionErrors } from '../session/session.errors.js';
import { UploadAccess } from '../session/upload-access.js';
import { UploadFinisher } from '../session/upload-finisher.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import { UploadWriters } from '../session/upload-writers.js';
import type { WriterLease } from '../session/writer-lease.js';
import { UploadSlots } from '../upload-slots.js';
import { uploadErrors } from '../uploads.errors.js';
import { checksumOf, integerHeader, offsetOf } from './tus-headers.js';
import { TusLengthService } from './tus-length.service.js';
import { stateHeaders, type TusState } from './tus-state-headers.js';
import { TusWriteService } from './tus-write.service.js';
import { tusErrors } from './tus.errors.js';

/** A body and what its headers say of it. */
export interface TusBody {
  headers: IncomingHttpHeaders;
  body: Readable;
  /** Ends when the client is gone. */
  signal: AbortSignal;
}

/** The core protocol on the sessions of one principal. */
@Injectable()
export class TusUploadsService {
  constructor(
    private readonly access: UploadAccess,
    private readonly sessions: UploadSessionsService,
    private readonly writers: UploadWriters,
    private readonly finisher: UploadFinisher,
    private readonly lengths: TusLengthService,
    private readonly writing: TusWriteService,
    private readonly slots: UploadSlots,
  ) {}

  /**
   * Where an upload stands. A request that still writes to it is asked to stop first, so that the offset is one
   * at which the client can go on.
   * @throws UPLOAD_NOT_FOUND, UPLOAD_GONE, UPLOAD_LOCKED
   */
  async stand(principal: Principal, id: string, signal: AbortSignal): Promise<TusState> {
    const seen = await this.access.owned(principal, id, 'tus');
    if (seen.state === 'refused' || (seen.leaseUntil === null && !isWhole(seen))) return this.settled(seen);
    if (seen.state === 'committed') return { upload: seen, media: await this.finisher.mediaOf(seen) };
    return this.writers.hold(
      id,
      async (lease) => {
        const upload = await this.access.owned(principal, id, 'tus');
        // It has all its bytes, but whoever brought the last ones died before it became a media.
        return isWhole(upload) ? this.finish(upload, lease, null) : this.settled(upload);
      },
      signal,
    );
  }

  /**
   * Takes the body of a PATCH.
   * @throws TUS_OFFSET_MISMATCH, TUS_FINAL_UPLOAD, TUS_HEADER_INVALID, UPLOAD_TOO_LARGE, UPLOADS_BUSY, and what
   *   TusWriteService.write and UploadFinisher.finish throw
   */
  async patch(principal: Principal, id: string, request: TusBody): Promise<TusState> {
    const offset = offsetOf(request.headers);
    // Before anything waits: not everybody may end somebody's request.
    await this.access.owned(principal, id, 'tus');
    return this.slots.occupy(() =>
      this.writers.hold(
        id,
        async (lease) => {
          const upload = await this.access.owned(principal, id, 'tus');
          if (upload.tusConcat?.startsWith('final')) throw tusErrors.TUS_FINAL_UPLOAD();
          if (offset !== upload.offsetBytes) {
            throw tusErrors.TUS_OFFSET_MISMATCH(`the offset is ${upload.offsetBytes}`, {
              headers: stateHeaders({ upload, media: null }),
            });
          }
          return this.receive(upload, lease, request);
        },
        request.signal,
      ),
    );
  }

  /** Takes a body in at the session's offset, and makes a media of it when it is the last. */
  async receive(seen: Upload, lease: WriterLease, { headers, body }: TusBody): Promise<TusState> {
    if (seen.state !== 'open') return this.finish(seen, lease, null);
    const checksum = checksumOf(headers);
    const upload = await this.lengths.settle(seen, integerHeader(headers, 'upload-length'));
    const announced = integerHeader(headers, 'content-length') ?? 0;
    if (upload.sizeBytes !== null && upload.offsetBytes + announced > upload.sizeBytes) {
      throw uploadErrors.UPLOAD_TOO_LARGE(`the upload has ${upload.sizeBytes} bytes`);
    }
    await this.sessions.touch(upload);
    const facts = await this.writing.write(upload, lease, { body, checksum });
    const now = await this.access.find(upload.id);
    return isWhole(now) ? this.finish(now, lease, facts) : { upload: now, media: null };
  }

  /** Forgets an upload; the media that it became stays. @throws UPLOAD_NOT_FOUND, UPLOAD_LOCKED */
  async terminate(principal: Principal, id: string, signal: AbortSignal): Promise<void> {
    const upload = await this.access.owned(principal, id, 'tus');
    await this.writers.hold(id, () => this.sessions.drop(upload), signal);
  }

  private async finish(upload: Upload, lease: WriterLease, facts: StoredFacts | null): Promise<TusState> {
    const media = await this.finisher.finish(
      upload,
      lease,
      facts ? { inspect: () => Promise.resolve(facts) } : {},
    );
    return { upload, media };
  }

  /** @throws UPLOAD_GONE */
  private settled(upload: Upload): TusState {
    if (upload.state === 'refused') {
      throw sessionErrors.UPLOAD_GONE(`${upload.failureCode}: ${upload.failureDetail}`);
    }
    return { upload, media: null };
  }
}

/** Has all its bytes, and is to become a media: a partial upload never does by itself. */
function isWhole({ sizeBytes, offsetBytes, tusConcat }: Upload): boolean {
  return sizeBytes === offsetBytes && tusConcat !== 'partial';
}
