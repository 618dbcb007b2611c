import ffmpeg from 'fluent-ffmpeg';
import { inputOptions, inputUrl, type MediaTools, optionList } from '../../ffmpeg/index.js';
import { type StillFilters, stillGraph } from '../filter-graph.js';
import type { FilmProbe, VideoLimits } from '../probe.js';

/** A video of which pictures are to be taken. */
export interface PictureRequest {
  probe: FilmProbe;
  /** Exists, private to the job; the pictures are written into it. */
  outDir: string;
  limits: VideoLimits;
  signal?: AbortSignal | undefined;
}

export interface PictureRun extends StillFilters {
  /** Where to begin, by a seek; 0: at the first picture. */
  fromSeconds?: number;
  /** How much of the video is read at most. */
  forSeconds?: number;
  /** Decodes keyframes alone. */
  keyframesOnly?: boolean;
  /** How many pictures at most; all when absent. */
  frames?: number;
  /** JPEG quantizer, 2 is best. */
  quality: number;
  /** Of the files, as the image2 muxer numbers them; without a number the last picture wins. */
  pattern: string;
}

const maxPictureBytes = 256 * 1024 ** 2;

/**
 * Writes pictures of a video as JPEG files. What could not be decoded is missing: which files there are is for the
 * caller to see.
 * @throws ProcessFailure, the signal's reason
 */
export async function runPictures(
  tools: MediaTools,
  { probe, outDir, limits, signal }: PictureRequest,
  run: PictureRun,
): Promise<void> {
  const { fromSeconds = 0, forSeconds, keyframesOnly = false, frames, quality, pattern } = run;
  const command = ffmpeg()
    .input(inputUrl(probe.input))
    .inputOptions(
      ...inputOptions(probe.input, limits),
      '-noautorotate',
      ...(keyframesOnly ? optionList({ skip_frame: 'nokey' }) : []),
      // Before the input: seeks instead of decoding all that lies before.
      ...(fromSeconds > 0 ? optionList({ ss: fromSeconds.toFixed(3) }) : []),
      ...(forSeconds === undefined ? [] : optionList({ t: forSeconds.toFixed(3) })),
    )
    .complexFilter(stillGraph(probe, run))
    .output(pattern)
    .outputOptions(
      ...optionList({
        map: '[still]',
        map_metadata: -1,
        vsync: 0,
        'c:v': 'mjpeg',
        'q:v': quality,
        f: 'image2',
      }),
      ...(frames === undefined ? [] : optionList({ 'frames:v': frames })),
      ...(pattern.includes('%') ? [] : optionList({ update: 1 })),
    );
  await tools.ffmpeg(command, {
    cwd: outDir,
    timeoutMs: limits.timeoutSeconds * 1000,
    signal,
    maxFileBytes: maxPictureBytes,
  });
}

/** The same video, to be drawn at another size. */
export function atSize(probe: FilmProbe, width: number, height: number): FilmProbe {
  // Not deinterlaced: of pictures that are far apart in time it would mix two.
  const stream = { ...probe.video.stream, interlaced: false };
  return { ...probe, video: { ...probe.video, stream, width, height } };
}
