import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import { DomainError } from '../../common/index.js';
import { UploadAccess } from '../session/upload-access.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import { UploadWriters } from '../session/upload-writers.js';
import { UploadSlots } from '../upload-slots.js';
import { TusConcatService } from './tus-concat.service.js';
import { concatenationOf } from './tus-headers.js';
import { TusRequestReader } from './tus-request-reader.js';
import type { TusState } from './tus-state-headers.js';
import { TusUploadsService } from './tus-uploads.service.js';

export interface TusCreation {
  headers: IncomingHttpHeaders;
  /** The first bytes, or all, of a creation-with-upload. */
  body: Readable | null;
  /** Ends when the client is gone. */
  signal: AbortSignal;
  /** The same in every attempt of a request that may be sent twice. */
  id: string;
}

/** Creation of uploads: empty, with their first bytes, or of others. */
@Injectable()
export class TusCreationService {
  constructor(
    private readonly reader: TusRequestReader,
    private readonly access: UploadAccess,
    private readonly sessions: UploadSessionsService,
    private readonly writers: UploadWriters,
    private readonly uploads: TusUploadsService,
    private readonly concatenation: TusConcatService,
    private readonly slots: UploadSlots,
  ) {}

  /**
   * @throws TUS_HEADER_INVALID, TUS_METADATA_INVALID, VALIDATION_FAILED, what UploadSessionsService.begin,
   *   TusUploadsService.receive and TusConcatService.concatenate throw
   */
  async create(principal: Principal, { headers, body, signal, id }: TusCreation): Promise<TusState> {
    const concatenation = concatenationOf(headers['upload-concat']?.toString());
    if (concatenation.kind === 'final') {
      const earlier = await this.access.ownedIfAny(principal, id, 'tus');
      if (earlier?.state === 'committed') return this.uploads.stand(principal, id, signal);
      // An earlier attempt that died half-way: its parts are all there.
      if (earlier) await this.sessions.drop(earlier);
      const { parts: urls } = concatenation;
      return this.slots.occupy(() => this.concatenation.concatenate(principal, headers, { urls, id }));
    }
    const upload = await this.sessions.begin(principal, { ...(await this.reader.describe(headers)), id });
    // What an earlier attempt has brought is not appended again.
    if (body === null || upload.offsetBytes > 0) return this.uploads.stand(principal, id, signal);
    try {
      return await this.slots.occupy(() =>
        this.writers.hold(upload.id, (lease) =>
          this.uploads.receive(upload, lease, { headers, body, signal }),
        ),
      );
    } catch (error) {
      // The client was not told of the upload, and can not come back to it. One that is refused tells why.
      if (error instanceof DomainError && error.status < 500) await this.sessions.drop(upload);
      throw error;
    }
  }
}
