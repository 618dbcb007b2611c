import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import ffmpeg, { type FfmpegCommand } from 'fluent-ffmpeg';
import {
  inputOptions,
  inputUrl,
  type MediaTools,
  optionList,
  toMediaError,
  toNumber,
} from '../ffmpeg/index.js';
import { transcodeGraph } from './filter-graph.js';
import type { LadderRung } from './ladder.js';
import type { FilmProbe, VideoLimits } from './probe.js';
import { videoFailures } from './video.errors.js';

/** Where a rendition's playlist is within its directory. */
export const playlistName = 'index.m3u8';
const initName = 'init.mp4';
/** Directory of the sound, beside those of the rungs. */
export const audioName = 'audio';

/** Short enough to start early, long enough to compress well; Apple's 6 s is for live. */
const segmentSeconds = 4;
const audioKbps = 128;

/** npm's ffmpeg says this of every HLS output, also of local files. */
const harmless = /^.*Cannot use rename on non file protocol.*$/gm;

export interface TranscodeRequest {
  probe: FilmProbe;
  rungs: readonly LadderRung[];
  /** Made when absent; gets one directory per rung, and `audio`. */
  outDir: string;
  preset: string;
  limits: VideoLimits;
  /** 0–100, whole, rising. */
  onProgress?: ((percent: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Encodes all renditions by one ffmpeg process that decodes once: fMP4 HLS with closed GOPs of 2 s, segments
 * of two GOPs, and the sound apart. Damaged input is decoded as far as it goes; ffmpeg's exit code says
 * little, so what came out is for the caller to verify.
 * @returns what ffmpeg complained of; empty when the input was fine
 * @throws VIDEO_CORRUPT, VIDEO_TOO_LARGE, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL, the signal's reason
 */
export async function transcode(tools: MediaTools, request: TranscodeRequest): Promise<string> {
  const { probe, rungs, outDir, limits, signal, onProgress } = request;
  const names = [...rungs.map(({ name }) => name), ...(probe.audio ? [audioName] : [])];
  for (const name of names) await mkdir(join(outDir, name), { recursive: true });
  try {
    const complaints = await tools.ffmpeg(buildCommand(request), {
      cwd: outDir,
      timeoutMs: limits.timeoutSeconds * 1000,
      signal,
      onTime: onProgress && percentOf(probe.durationMs, onProgress),
    });
    return complaints.replaceAll(harmless, '').trim();
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
}

function buildCommand({ probe, rungs, preset, limits }: TranscodeRequest): FfmpegCommand {
  const rate = toNumber(probe.video.frameRate);
  const gopFrames = Math.max(1, Math.round((segmentSeconds / 2) * rate));
  // ffmpeg cuts at the first keyframe at or after each multiple of this; it is a bit early, since it is
  // kept as a 32-bit float, and far less early than a GOP even after a day.
  const cutSeconds = Math.max(0.001, (2 * gopFrames) / rate - 0.000_05);
  const command = ffmpeg()
    .input(inputUrl(probe.input))
    .inputOptions(...inputOptions(probe.input, limits), '-noautorotate')
    .complexFilter(transcodeGraph(probe, rungs));
  rungs.forEach(({ name, bitrateKbps }, at) => {
    addOutput(command, { name, stream: `[v${at}]`, cutSeconds }).outputOptions(
      ...optionList({ 'c:v': 'libx264', preset, 'profile:v': 'high', crf: 23 }),
      ...optionList({ maxrate: `${bitrateKbps}k`, bufsize: `${bitrateKbps * 2}k` }),
      ...optionList({ g: gopFrames, keyint_min: gopFrames, sc_threshold: 0, flags: '+cgop' }),
      // Without B-frames pictures start at 0, as the sound does: browsers ignore the edit list that would
      // else move them back.
      ...optionList({ bf: 0 }),
      ...optionList({ colorspace: 'bt709', color_primaries: 'bt709', color_trc: 'bt709', color_range: 'tv' }),
    );
  });
  if (probe.audio) {
    addOutput(command, { name: audioName, stream: '[sound]', cutSeconds }).outputOptions(
      ...optionList({ 'c:a': 'aac', 'profile:a': 'aac_low', 'b:a': `${audioKbps}k`, ac: 2 }),
    );
  }
  return command;
}

/** An HLS muxer per rendition, each with one stream: none waits for another, and no variable maps are needed. */
function addOutput(
  command: FfmpegCommand,
  { name, stream, cutSeconds }: { name: string; stream: string; cutSeconds: number },
): FfmpegCommand {
  return command.output(`${name}/${playlistName}`).outputOptions(
    ...optionList({ map: stream, map_metadata: -1, map_chapters: -1, f: 'hls', hls_time: cutSeconds }),
    ...optionList({
      hls_playlist_type: 'vod',
      hls_list_size: 0,
      hls_segment_type: 'fmp4',
      start_number: 1,
    }),
    ...optionList({ hls_fmp4_init_filename: initName, hls_segment_filename: `${name}/%05d.m4s` }),
  );
}

/** Never 100 before the end, which only verification can tell. */
function percentOf(durationMs: number, report: (percent: number) => void): (doneMs: number) => void {
  let last = -1;
  return (doneMs) => {
    const percent = Math.min(99, Math.floor((doneMs / Math.max(durationMs, 1)) * 100));
    if (percent <= last) return;
    last = percent;
    report(percent);
  };
}
