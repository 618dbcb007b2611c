import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/index.js';
import { expectedVersion, type Media, MediaAccess } from '../../media/index.js';
import { CaptionProblem, type Cue, languageName, readCaptions, renderVtt } from '../../processing/index.js';
import { CaptionStore } from './caption-store.js';
import { captionErrors } from './captions.errors.js';
import { type CaptionsDto, toCaptionsDto } from './captions.dto.js';
import { collectBody } from './collect-body.js';

export interface CaptionsUpload {
  id: string;
  /** Canonical. */
  language: string;
  label: string | undefined;
  ifMatch: string | undefined;
  body: Readable;
}

/** Captions that clients bring. */
@Injectable()
export class CaptionsService {
  constructor(
    private readonly access: MediaAccess,
    private readonly store: CaptionStore,
  ) {}

  /**
   * Checks captions strictly and keeps them as WebVTT, in the place of those in the same language.
   * @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, MEDIA_CHANGED, CAPTIONS_UNSUPPORTED, CAPTIONS_TOO_LARGE,
   *   CAPTIONS_INVALID, CAPTIONS_TOO_MANY
   */
  async put(
    principal: Principal,
    { id, language, label, ifMatch, body }: CaptionsUpload,
  ): Promise<{ captions: CaptionsDto; media: Media; created: boolean }> {
    const before = await this.access.changeable(principal, id);
    if (before.kind !== 'video' && before.kind !== 'audio') throw captionErrors.CAPTIONS_UNSUPPORTED();
    const version = expectedVersion(id, ifMatch);
    const data = Buffer.from(renderVtt(read(await collectBody(body))));
    const track = { language, label: label?.trim() || languageName(language) };
    const { media, created } = await this.store.put({ id, version }, { ...track, data });
    const captions = toCaptionsDto(id, { ...track, uploaded: true, sizeBytes: data.length });
    return { captions, media, created };
  }

  /** @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, MEDIA_CHANGED, CAPTIONS_NOT_FOUND */
  async remove(
    principal: Principal,
    at: { id: string; ifMatch: string | undefined },
    language: string,
  ): Promise<void> {
    await this.access.changeable(principal, at.id);
    await this.store.remove({ id: at.id, version: expectedVersion(at.id, at.ifMatch) }, language);
  }
}

function read(data: Buffer): Cue[] {
  try {
    return readCaptions(data);
  } catch (error) {
    if (!(error instanceof CaptionProblem)) throw error;
    const errors = [{ field: `line ${error.line}`, message: error.message }];
    throw captionErrors.CAPTIONS_INVALID(`Line ${error.line}: ${error.message}`, { errors });
  }
}
