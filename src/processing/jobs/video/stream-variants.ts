import { newId } from '../../../common/index.js';
import type { NewVariant } from '../../../media/index.js';
import { measureBitRates, type MediaStream, type VideoRun } from '../../video/index.js';

const playlistType = 'application/vnd.apple.mpegurl';

export interface StoredStream {
  stream: MediaStream;
  runs: readonly VideoRun[];
  /** Key prefix of all of it. */
  home: string;
  /** As displayed. */
  width: number;
  height: number;
}

/** The rows of a stream and of its renditions; their playlists are made of the rows of the runs. */
export function streamVariants({ stream, runs, home, width, height }: StoredStream): NewVariant[] {
  const base = { contentType: playlistType, storageKey: home };
  const sizeBytes = runs.reduce((sum, run) => sum + run.sizeBytes, 0);
  const whole: NewVariant = {
    ...base,
    id: newId(),
    kind: 'hls',
    name: 'hls',
    width,
    height,
    bitrate: null,
    sizeBytes,
  };
  const renditions = stream.video.map(({ name, segments, rung }): NewVariant => {
    const { average } = measureBitRates(segments, stream.targetSeconds);
    return {
      ...base,
      id: newId(),
      kind: 'rendition',
      name,
      width: rung.width,
      height: rung.height,
      bitrate: average,
      sizeBytes: segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
    };
  });
  return [whole, ...renditions];
}
