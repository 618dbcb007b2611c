import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { newId } from '../../../common/index.js';
import { type ProcessingConfig, processingConfig } from '../../../config/index.js';
import type { NewVariant } from '../../../media/index.js';
import { ObjectStore } from '../../../storage/index.js';
import { MediaTools } from '../../ffmpeg/index.js';
import {
  measureBitRates,
  type MediaStream,
  readSegments,
  type StreamRendition,
  VideoProcessor,
} from '../../video/index.js';
import type { VariantAttempt } from '../variant-attempt.js';

export interface Mp4Place {
  stream: MediaStream;
  attempt: VariantAttempt;
  /** Private. */
  workDir: string;
  signal: AbortSignal;
}

/** Single files of the renditions, made of the segments that are stored. */
@Injectable()
export class Mp4Files {
  private readonly processor: VideoProcessor;

  constructor(
    private readonly store: ObjectStore,
    tools: MediaTools,
    @Inject(processingConfig.KEY) config: ProcessingConfig,
  ) {
    this.processor = new VideoProcessor(tools, config.video);
  }

  /** Writes and stores a file of each rung, with the first track of sound. @returns their rows */
  async make(place: Mp4Place): Promise<NewVariant[]> {
    const { stream, attempt, workDir, signal } = place;
    const directory = join(workDir, 'mp4');
    await mkdir(directory);
    const sound = stream.audio[0] ? [await this.join(stream.audio[0], directory, signal)] : [];
    const variants: NewVariant[] = [];
    for (const rendition of stream.video) {
      const pictures = await this.join(rendition, directory, signal);
      const path = join(directory, `${rendition.name}.mp4`);
      const { sizeBytes } = await this.processor.writeMp4({ tracks: [pictures, ...sound], path, signal });
      const name = `mp4-${rendition.name}`;
      const contentType = 'video/mp4';
      const storageKey = await attempt.put(path, name, contentType, signal);
      for (const file of [pictures, path]) await rm(file);
      const { width, height } = rendition.rung;
      const bitrate = measureBitRates(rendition.segments, stream.targetSeconds).average;
      variants.push({
        id: newId(),
        kind: 'mp4',
        name,
        contentType,
        width,
        height,
        bitrate,
        sizeBytes,
        storageKey,
      });
    }
    return variants;
  }

  /** An init segment and its fragments, one behind the other, are a whole file. */
  private async join(rendition: StreamRendition, directory: string, signal: AbortSignal): Promise<string> {
    const { name, segments } = rendition;
    const path = join(directory, `${name}.joined.mp4`);
    const init = segments[0]?.init;
    const bytes = init ? readSegments(this.store, rendition, { init, segments }) : [];
    await pipeline(bytes, createWriteStream(path), { signal });
    return path;
  }
}
