import { join } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import type { EditOperation } from '../../media/index.js';
import {
  ffmpegErrors,
  inputOptions,
  inputUrl,
  type MediaTools,
  optionList,
  saysDiskFull,
  toMediaError,
} from '../ffmpeg/index.js';
import { type FilmProbe, isFilm, type VideoLimits } from '../video/probe.js';
import { VideoProcessor } from '../video/index.js';
import type { ProcessingConfig } from '../../config/index.js';
import { videoErrors, videoFailures } from '../video/video.errors.js';
import { wholeFragmentSize } from '../video/whole-file.js';
import { editGraph, formOf, hasSound } from './edit-graph.js';
import type { EditSpan } from './edit-span.js';

export interface RenderRequest {
  sources: readonly FilmProbe[];
  /** Of each source. */
  spans: readonly EditSpan[];
  operations: readonly EditOperation[];
  /** PNG in its final size. */
  watermarkPath: string | null;
  outDir: string;
  settings: ProcessingConfig['video'];
  maxFileBytes: number;
  signal?: AbortSignal | undefined;
  /** 0–99 */
  onProgress: (percent: number) => void;
}

export interface RenderedEdit {
  path: string;
  sizeBytes: number;
}

const fileName = 'edit.mp4';
export const editContentType = 'video/mp4';
/** It is a source, and encoded again for viewers: near to what it was made of. */
const crf = 18;
const audioKbps = 192;
const limitsOf = ({ maxPixels }: VideoLimits) => ({ maxPixels });

/**
 * Makes one MP4 (H.264, AAC, index in front) of an edit, by one process.
 * @throws VIDEO_CORRUPT, VIDEO_TOO_LARGE, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL, the signal's reason
 */
export async function renderEdit(tools: MediaTools, request: RenderRequest): Promise<RenderedEdit> {
  const { outDir, settings, maxFileBytes, signal, onProgress, spans } = request;
  const seconds = spans.reduce((sum, span) => sum + span.seconds, 0);
  try {
    const complaints = await tools.ffmpeg(commandFor(request), {
      cwd: outDir,
      timeoutMs: settings.timeoutSeconds * 1000,
      signal,
      maxFileBytes,
      onTime: (doneMs) => onProgress(Math.min(99, Math.floor(doneMs / Math.max(0.01, seconds) / 10))),
    });
    if (saysDiskFull(complaints)) throw ffmpegErrors.SCRATCH_FULL();
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
  const path = join(outDir, fileName);
  const sizeBytes = await wholeFragmentSize(path);
  if (sizeBytes === 0) throw ffmpegErrors.SCRATCH_FULL();
  await assertComplete(tools, { path, seconds, request });
  return { path, sizeBytes };
}

function commandFor({ sources, spans, operations, watermarkPath, settings }: RenderRequest) {
  const limits = limitsOf(settings);
  const command = ffmpeg();
  for (const [at, { input }] of sources.entries()) {
    const { start = 0, seconds = 0 } = spans[at] ?? {};
    command.input(inputUrl(input)).inputOptions(
      ...inputOptions(input, limits),
      '-noautorotate',
      ...(start > 0 ? optionList({ ss: start.toFixed(3) }) : []),
      // Sound may go on where the picture has ended.
      ...optionList({ t: seconds.toFixed(3) }),
    );
  }
  if (watermarkPath !== null) {
    const mark = { path: watermarkPath, demuxer: 'png_pipe' };
    command.input(inputUrl(mark)).inputOptions(...inputOptions(mark, limits));
  }
  const first = sources[0];
  if (!first) throw new Error('an edit has a source');
  const edit = { sources, operations, form: formOf(first), seconds: spans.map((span) => span.seconds) };
  return command
    .complexFilter(editGraph(edit))
    .output(fileName)
    .outputOptions(
      ...optionList({ map: '[picture]', map_metadata: -1, map_chapters: -1 }),
      ...optionList({ 'c:v': 'libx264', preset: settings.preset, 'profile:v': 'high', crf, bf: 0 }),
      ...optionList({ colorspace: 'bt709', color_primaries: 'bt709', color_trc: 'bt709', color_range: 'tv' }),
      ...(hasSound(edit) ? ['-map', '[sound]', ...optionList({ 'c:a': 'aac', 'b:a': `${audioKbps}k` })] : []),
      ...optionList({ movflags: '+faststart', f: 'mp4' }),
    );
}

/** Damage within a source ends ffmpeg's output early, with exit code 0. */
async function assertComplete(
  tools: MediaTools,
  { path, seconds, request }: { path: string; seconds: number; request: RenderRequest },
): Promise<void> {
  const { outDir: workDir, settings, signal, sources } = request;
  const processor = new VideoProcessor(tools, settings);
  const made = await processor.probe({
    path,
    contentType: editContentType,
    workDir,
    ...(signal && { signal }),
  });
  const missing = seconds - made.durationMs / 1000;
  const damaged = sources.some(({ truncated }) => truncated);
  if (!isFilm(made) || (!damaged && missing > Math.max(0.5, seconds * 0.02))) {
    throw videoErrors.VIDEO_CORRUPT('Parts of the video can not be decoded');
  }
}
