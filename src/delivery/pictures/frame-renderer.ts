import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { MediaView } from '../../media/index.js';
import { MediaTools, type RenderedFrame, renderSegmentFrame, ScratchSpace } from '../../processing/index.js';
import { type Moment, SegmentSource } from './segment-source.js';

/** Takes pictures out of what viewers play: one segment is read, however long the video is. */
@Injectable()
export class FrameRenderer {
  constructor(
    private readonly segments: SegmentSource,
    private readonly scratch: ScratchSpace,
    private readonly tools: MediaTools,
  ) {}

  /**
   * @returns null when the video can not be played there yet
   * @throws VIDEO_CORRUPT, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL
   */
  render(media: MediaView, moment: Moment): Promise<RenderedFrame | null> {
    return this.scratch.use(async (workDir) => {
      const path = join(workDir, 'segment.mp4');
      const seconds = await this.segments.fetch(media, moment, path);
      if (seconds === null) return null;
      return renderSegmentFrame(this.tools, { path, seconds, side: moment.side, workDir });
    });
  }
}
