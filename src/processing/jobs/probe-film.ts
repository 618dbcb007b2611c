import type { ProcessingConfig } from '../../config/index.js';
import type { MediaTools } from '../ffmpeg/index.js';
import { type FilmProbe, isFilm, VideoProcessor } from '../video/index.js';
import { videoErrors } from '../video/video.errors.js';
import type { SupplementPlace } from './supplement-work.js';

/**
 * Probes an original that was processed as a video.
 * @throws what VideoProcessor.probe throws, VIDEO_CORRUPT when it has no pictures
 */
export async function probeFilm(
  tools: MediaTools,
  { media, originalPath, workDir, signal }: SupplementPlace,
  limits: ProcessingConfig['video'],
): Promise<FilmProbe> {
  const { contentType } = media;
  const probe = await new VideoProcessor(tools, limits).probe({
    path: originalPath,
    contentType,
    workDir,
    signal,
  });
  if (!isFilm(probe)) throw videoErrors.VIDEO_CORRUPT('The video has no pictures');
  return probe;
}
