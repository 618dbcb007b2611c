import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type ProcessingConfig, processingConfig } from '../../config/index.js';
import { type Media, MediaLookup, MediaRepository, StoredOriginals } from '../../media/index.js';
import { ObjectStore } from '../../storage/index.js';
import { MediaTools } from '../ffmpeg/index.js';
import { openImage } from '../image/index.js';
import { SourceFiles } from '../jobs/source-files.js';
import { type FilmProbe, isFilm, VideoProcessor } from '../video/index.js';
import { editErrors } from './edit.errors.js';
import type { FrameSize } from './edit-graph.js';

export interface SourcePlace {
  /** Private, of the job. */
  workDir: string;
  signal: AbortSignal;
}

/** Media that an edit is made of, as local files. */
@Injectable()
export class EditSources {
  constructor(
    private readonly media: MediaRepository,
    private readonly lookup: MediaLookup,
    private readonly originals: StoredOriginals,
    private readonly files: SourceFiles,
    private readonly store: ObjectStore,
    private readonly tools: MediaTools,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {}

  /**
   * Runs work on the videos, in their order.
   * @throws EDIT_SOURCE_GONE, what VideoProcessor.probe throws
   */
  async films<T>(
    ids: readonly string[],
    place: SourcePlace,
    work: (films: FilmProbe[]) => Promise<T>,
  ): Promise<T> {
    const [id, ...others] = ids;
    if (id === undefined) return work([]);
    const media = await this.standing(id);
    return this.files.use(await this.originals.of(media), place.signal, async (path) => {
      const film = await this.probe(media, path, place);
      return this.films(others, place, (films) => work([film, ...films]));
    });
  }

  private async probe(media: Media, path: string, { workDir, signal }: SourcePlace): Promise<FilmProbe> {
    const { id, contentType } = media;
    const processor = new VideoProcessor(this.tools, this.config.video);
    const probe = await processor.probe({ path, contentType, workDir, signal });
    if (!isFilm(probe)) throw editErrors.EDIT_SOURCE_GONE(`the media ${id} has no pictures`);
    return probe;
  }

  /**
   * Draws a watermark as a PNG, as wide as it is to be and no higher than the frame.
   * @throws EDIT_SOURCE_GONE, IMAGE_*
   */
  async watermark(
    { id, width, frame }: { id: string; width: number; frame: FrameSize },
    { workDir, signal }: SourcePlace,
  ): Promise<string> {
    await this.standing(id);
    const view = await this.lookup.find(id);
    // Made by the service: there for every image that can be decoded, upright, and of a bounded size.
    const optimized = view?.variants.find(({ kind }) => kind === 'optimized');
    if (!optimized) throw gone(id);
    const [source, target] = [join(workDir, 'watermark-source'), join(workDir, 'watermark.png')];
    await pipeline(await this.store.get(optimized.storageKey), createWriteStream(source), { signal });
    await openImage(source, this.config.image)
      .resize({ width: Math.max(1, width), height: frame.height, fit: 'inside' })
      .ensureAlpha()
      .png()
      .toFile(target);
    return target;
  }

  private async standing(id: string): Promise<Media> {
    const media = await this.media.find(id);
    if (!media || media.deletedAt || !media.clean || media.originalId === null) throw gone(id);
    return media;
  }
}

function gone(id: string): Error {
  return editErrors.EDIT_SOURCE_GONE(`the media ${id} can not be used any more`);
}
