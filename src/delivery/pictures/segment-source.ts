import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import type { MediaView } from '../../media/index.js';
import { type MediaStream, readSegments, VideoStreams } from '../../processing/index.js';
import { ObjectStore } from '../../storage/index.js';
import { segmentAt } from './segment-at.js';

/** A moment of a video, to be shown at a size. */
export interface Moment {
  seconds: number;
  /** Longest side in pixels. */
  side: number;
}

/** Fetches pieces of renditions from the store. */
@Injectable()
export class SegmentSource {
  constructor(
    private readonly streams: VideoStreams,
    private readonly store: ObjectStore,
  ) {}

  /**
   * Writes the init segment and the segment that shows a moment into one file, of the smallest rendition that is
   * large enough.
   * @returns the time within that segment; null when the video can not be played there yet
   */
  async fetch(
    { id, generation }: MediaView,
    { seconds, side }: Moment,
    path: string,
  ): Promise<number | null> {
    const ref = await this.streams.current(id, generation);
    const stream = ref && (await this.streams.load(ref));
    const rendition = stream && renditionFor(stream, side);
    const found = rendition && segmentAt(rendition.segments, seconds);
    // Of a video that is still being encoded the last segment is not its end.
    if (!found || (found.beyond && !rendition.ended)) return null;
    const { segment } = found;
    const bytes = readSegments(this.store, rendition, { init: segment.init, segments: [segment] });
    await pipeline(bytes, createWriteStream(path));
    return found.offsetSeconds;
  }
}

/** The smallest rendition that is large enough, else the largest. */
function renditionFor({ video }: MediaStream, side: number): MediaStream['video'][number] | undefined {
  const sideOf = ({ rung }: MediaStream['video'][number]) => Math.max(rung.width, rung.height);
  const bySize = video.toSorted((a, b) => sideOf(a) - sideOf(b));
  return bySize.find((rendition) => sideOf(rendition) >= side) ?? bySize.at(-1);
}
