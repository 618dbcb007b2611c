import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { VariantView } from '../../media/index.js';
import { MediaTools, type RenderedFrame, renderSegmentFrame, ScratchSpace } from '../../processing/index.js';
import type { DeliverableMedia } from '../delivery-access.js';
import { SegmentSource } from './segment-source.js';

/** Takes pictures out of what viewers play: one segment is read, however long the video is. */
@Injectable()
export class FrameRenderer {
  constructor(
    private readonly segments: SegmentSource,
    private readonly scratch: ScratchSpace,
    private readonly tools: MediaTools,
  ) {}

  /**
   * @param side longest one of the picture, in pixels
   * @returns null when the video can not be played yet
   * @throws VIDEO_CORRUPT, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL
   */
  async render(
    { variants }: DeliverableMedia,
    { seconds, side }: { seconds: number; side: number },
  ): Promise<RenderedFrame | null> {
    const rendition = renditionFor(variants, side);
    if (!rendition) return null;
    return this.scratch.use(async (workDir) => {
      const path = join(workDir, 'segment.mp4');
      const offset = await this.segments.fetch(rendition, seconds, path);
      if (offset === null) return null;
      return renderSegmentFrame(this.tools, { path, seconds: offset, side, workDir });
    });
  }
}

/** The smallest rendition that is large enough, else the largest. */
function renditionFor(variants: readonly VariantView[], side: number): VariantView | undefined {
  const sideOf = ({ width, height }: VariantView) => Math.max(width ?? 0, height ?? 0);
  const renditions = variants
    .filter(({ kind }) => kind === 'rendition')
    .toSorted((a, b) => sideOf(a) - sideOf(b));
  return renditions.find((rendition) => sideOf(rendition) >= side) ?? renditions.at(-1);
}
