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
  /** For how long the last picture goes on when there are no more: the range is filled whatever could be decoded. */
  heldSeconds: number;
}

/**
 * The graph from the picture track to `[v0]`, `[v1]` …, one per rung. The rate is constant and begins at 0 of
 * what was sought, so that chunks fit each other and segments of all renditions end at the same times.
 */
export function pictureGraph(
  { video }: Pick<FilmProbe, 'video'>,
  rungs: readonly LadderRung[],
  { skipFrames, heldSeconds }: PictureRange,
): string {
  const { num, den } = video.frameRate;
  const largest = rungs.reduce((most, rung) => (rung.width > most.width ? rung : most));
  const stop = Number.isFinite(heldSeconds) ? `stop_duration=${heldSeconds.toFixed(6)}` : 'stop=-1';
  const once = [
    `fps=fps=${num}/${den}:start_time=0`,
    ...(heldSeconds > 0 ? [`tpad=stop_mode=clone:${stop}`] : []),
    ...(skipFrames > 0 ? [`trim=start_frame=${skipFrames}`, 'setpts=PTS-STARTPTS'] : []),
    ...commonFilters(video, largest),
  ].join(',');
  const splits = rungs.map((_, at) => `[s${at}]`).join('');
  const renditions = rungs.map(
    (rung, at) => `[s${at}]${scaleFilter(rung, video.colour, 'bt709')},format=yuv420p[v${at}]`,
  );
  return [`[0:${video.stream.index}]${once},split=${rungs.length}${splits}`, ...renditions].join(';');
}

const sampleRate = 48_000;

/**
 * The graph from a track of sound to `[sound]`. async fills gaps and drops overlaps: sound stays with the
 * picture in damaged files too.
 * @param silentSeconds are added at its end
 */
export function soundGraph(streamIndex: number, silentSeconds: number): string {
  const silentSamples = Math.round(silentSeconds * sampleRate);
  const silence = silentSamples > 0 ? `,apad=pad_len=${silentSamples}` : '';
  return `[0:${streamIndex}]aresample=${sampleRate}:async=1:first_pts=0${silence}[sound]`;
}

/** Filters that go around those that every still needs. */
export interface StillFilters {
  before?: string[];
  after?: string[];
}

/** The graph from the picture track to stills, `[still]`, in the colours of a JPEG (JFIF: BT.601, full range). */
export function stillGraph({ video }: FilmProbe, { before = [], after = [] }: StillFilters = {}): string {
  const filters = [
    ...before,
    ...commonFilters(video, video),
    scaleFilter(video, video.colour, 'bt601'),
    // By way of RGB: from one matrix to another npm's ffmpeg leaves the range as it is.
    'format=gbrp',
    'scale=out_color_matrix=bt601:out_range=pc',
    'format=yuvj420p',
    ...after,
  ];
  return `[0:${video.stream.index}]${filters.join(',')}[still]`;
}

/** Brings a picture track to a size in SDR, upright, at a constant rate that begins at 0. */
export function uprightFilters(track: VideoTrack, size: FilterSize, rate: VideoTrack['frameRate']): string[] {
  return [
    `fps=fps=${rate.num}/${rate.den}:start_time=0`,
    ...commonFilters(track, size),
    `${scaleFilter(size, track.colour, 'bt709')},format=yuv420p`,
  ];
}
