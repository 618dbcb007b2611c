import type { LadderRung } from './ladder.js';
import { type Colour, type FilterSize, tonemapFilter } from './colour.js';
import type { FilmProbe, VideoTrack } from './probe.js';

/** Everything that is done once, whatever the number of renditions: one decode feeds them all. */
function commonFilters(track: VideoTrack, largest: FilterSize): string[] {
  const { stream, colour, orientation } = track;
  return [
    // Only frames that are flagged so: mixed files stay sharp where they are progressive.
    ...(stream.interlaced ? ['yadif=mode=send_frame:deint=interlaced'] : []),
    ...(colour.hdr ? [tonemapFilter(colour.hdr, asStored(largest, track))] : []),
    ...(orientation.filter === '' ? [] : [orientation.filter]),
  ];
}

/** A size as displayed, in the position in which the file stores it. */
function asStored({ width, height }: FilterSize, { orientation }: VideoTrack): FilterSize {
  return orientation.swapsSides ? { width: height, height: width } : { width, height };
}

/** Bicubic is written out: in a complex graph old ffmpegs fall back to bilinear. */
function scaleFilter({ width, height }: FilterSize, colour: Colour, out: 'bt601' | 'bt709'): string {
  const matrix = colour.hdr ? 'bt709' : colour.matrix;
  const range = colour.fullRange && !colour.hdr ? ':in_range=pc' : '';
  const outRange = out === 'bt601' ? 'pc' : 'tv';
  const size = `${width}:${height}:flags=bicubic`;
  return `scale=${size}:in_color_matrix=${matrix}${range}:out_color_matrix=${out}:out_range=${outRange},setsar=1`;
}

/** Which of the pictures a graph lets through, counted at the constant rate of the output. */
export interface PictureRange {
  /** Frames at the beginning that are dropped. */
  skipFrames: number;
  /** Goes on with the last picture when there are no more: the range is filled whatever could be decoded. */
  padded: boolean;
}

/**
 * The graph from the picture track to `[v0]`, `[v1]` …, one per rung. The rate is constant and begins at 0 of
 * what was sought, so that chunks fit each other and segments of all renditions end at the same times.
 */
export function pictureGraph(
  { video }: Pick<FilmProbe, 'video'>,
  rungs: readonly LadderRung[],
  { skipFrames, padded }: PictureRange,
): string {
  const { num, den } = video.frameRate;
  const largest = rungs.reduce((most, rung) => (rung.width > most.width ? rung : most));
  const once = [
    `fps=fps=${num}/${den}:start_time=0`,
    ...(padded ? ['tpad=stop=-1:stop_mode=clone'] : []),
    ...(skipFrames > 0 ? [`trim=start_frame=${skipFrames}`, 'setpts=PTS-STARTPTS'] : []),
    ...commonFilters(video, largest),
  ].join(',');
  const splits = rungs.map((_, at) => `[s${at}]`).join('');
  const renditions = rungs.map(
    (rung, at) => `[s${at}]${scaleFilter(rung, video.colour, 'bt709')},format=yuv420p[v${at}]`,
  );
  return [`[0:${video.stream.index}]${once},split=${rungs.length}${splits}`, ...renditions].join(';');
}

/**
 * The graph from a track of sound to `[sound]`. async fills gaps and drops overlaps: sound stays with the
 * picture in damaged files too.
 */
export function soundGraph(streamIndex: number): string {
  return `[0:${streamIndex}]aresample=48000:async=1:first_pts=0[sound]`;
}

/** The graph from the picture track to one still, `[still]`, in the colours of a JPEG (JFIF: BT.601, full range). */
export function stillGraph({ video }: FilmProbe): string {
  const filters = [
    ...commonFilters(video, video),
    `${scaleFilter(video, video.colour, 'bt601')},format=yuvj420p`,
  ];
  return `[0:${video.stream.index}]${filters.join(',')}[still]`;
}
