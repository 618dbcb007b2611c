import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type Principal, unauthenticated } from '../../auth/index.js';
import { type ProcessingConfig, processingConfig } from '../../config/index.js';
import { type Media, MediaAccess, StoredOriginals } from '../../media/index.js';
import { type PictureLocation, readLocation, ScratchSpace } from '../../processing/index.js';
import { ObjectStore } from '../../storage/index.js';
import { deliveryErrors } from '../delivery.errors.js';

/** Originals that are read for their place at once in one process: each is a file in the scratch space. */
const MAX_READING = 4;

/** A media, and where its picture was taken when that was asked for. */
export interface MediaDescription {
  media: Media;
  /** Null when the original names no place; absent when nobody asked. */
  location?: PictureLocation | null;
}

/** All that is known of a media. */
@Injectable()
export class MediaDescriptionService {
  private reading = 0;

  constructor(
    private readonly access: MediaAccess,
    private readonly originals: StoredOriginals,
    private readonly store: ObjectStore,
    private readonly scratch: ScratchSpace,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {}

  /** @throws MEDIA_NOT_FOUND */
  async describe(principal: Principal | null, id: string): Promise<MediaDescription> {
    return { media: await this.access.readable(principal, id) };
  }

  /**
   * With the place, which is for those alone who may change the media.
   * @throws UNAUTHENTICATED, MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, METADATA_BUSY
   */
  async describeWithLocation(principal: Principal | null, id: string): Promise<MediaDescription> {
    if (principal === null) throw unauthenticated();
    const media = await this.access.changeable(principal, id);
    return { media, location: await this.locate(media) };
  }

  private async locate(media: Media): Promise<PictureLocation | null> {
    // What was not scanned, or is infected, is not read for anyone.
    if (media.kind !== 'image' || !media.clean || media.originalId === null) return null;
    if (this.reading >= MAX_READING)
      throw deliveryErrors.METADATA_BUSY(undefined, { headers: { 'Retry-After': '1' } });
    this.reading += 1;
    try {
      const { storageKey } = await this.originals.of(media);
      return await this.scratch.use(async (directory) => {
        const path = join(directory, 'original');
        await pipeline(await this.store.get(storageKey), createWriteStream(path));
        return readLocation(path, this.config.image);
      });
    } finally {
      this.reading -= 1;
    }
  }
}
