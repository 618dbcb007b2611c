import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import { Database } from '../../database/index.js';
import {
  Assembler,
  incomingKey,
  incomingPrefix,
  ObjectStore,
  PendingDeletions,
  uploadKey,
} from '../../storage/index.js';
import { Upload } from '../entities/upload.entity.js';
import { sessionErrors } from '../session/session.errors.js';
import { UploadAccess } from '../session/upload-access.js';
import { UploadSessionsService } from '../session/upload-sessions.service.js';
import type { SignedPartsDto, SignedPutDto } from './dto/session.dto.js';
import { placeOfPart, planOf } from './part-plan.js';
import { partErrors } from './parts.errors.js';

const URL_SECONDS = 3600;
/** After a URL has expired, a PUT that began before may still end. */
const LATE_PUT_MS = 24 * 3_600_000;

/** URLs by which the bytes of a session go straight to the bucket; the service alone names the keys. */
@Injectable()
export class DirectUploadService {
  constructor(
    private readonly database: Database,
    private readonly access: UploadAccess,
    private readonly sessions: UploadSessionsService,
    private readonly deletions: PendingDeletions,
    private readonly assembler: Assembler,
    private readonly store: ObjectStore,
  ) {}

  /** @throws UPLOAD_NOT_FOUND, UPLOAD_NOT_OPEN, UPLOAD_PART_UNKNOWN, DIRECT_UPLOAD_UNAVAILABLE */
  async signParts(principal: Principal, id: string, numbers: readonly number[]): Promise<SignedPartsDto> {
    const upload = await this.open(principal, id, 'parts');
    const plan = planOf(upload);
    const expiresAt = inSeconds(URL_SECONDS);
    const parts = await Promise.all(
      numbers.map(async (number) => {
        const { sizeBytes } = placeOfPart(plan, number);
        const url = await this.assembler.presignPiece(
          { key: uploadKey(id), handle: upload.assembly },
          { number, sizeBytes, expiresInSeconds: URL_SECONDS },
        );
        return { partNumber: number, url, size: sizeBytes };
      }),
    );
    return { parts, expiresAt };
  }

  /** One PUT of the whole file. @throws UPLOAD_NOT_FOUND, UPLOAD_NOT_OPEN, DIRECT_UPLOAD_UNAVAILABLE */
  async signObject(principal: Principal, id: string): Promise<SignedPutDto> {
    const upload = await this.open(principal, id, 'object');
    const { sizeBytes } = upload;
    // Signed in any case, and so to be sent in any case.
    const contentType = upload.declaredType ?? 'application/octet-stream';
    const expiresAt = inSeconds(URL_SECONDS);
    // The URL takes a PUT as often as one likes until it expires, so it never names the final key; and whatever
    // comes there, also when the session is long over, is swept.
    await this.deletions.register(
      this.database.unit(),
      incomingPrefix(id),
      new Date(Date.parse(expiresAt) + LATE_PUT_MS),
    );
    const url = await this.store.presignPut(incomingKey(id), {
      expiresInSeconds: URL_SECONDS,
      contentType,
      ...(sizeBytes !== null && { sizeBytes }),
    });
    return { url, method: 'PUT', headers: { 'Content-Type': contentType }, expiresAt };
  }

  private async open(principal: Principal, id: string, direct: 'parts' | 'object'): Promise<Upload> {
    if (!this.assembler.canPresign) throw partErrors.DIRECT_UPLOAD_UNAVAILABLE();
    const upload = await this.access.owned(principal, id, 'multipart');
    const changed = await this.database.unit().nativeUpdate(Upload, { id, state: 'open' }, { direct });
    if (changed === 0) throw sessionErrors.UPLOAD_NOT_OPEN();
    await this.sessions.touch(upload);
    return upload;
  }
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
