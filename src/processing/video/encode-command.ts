import ffmpeg, { type FfmpegCommand } from 'fluent-ffmpeg';
import {
  inputOptions,
  inputUrl,
  mayJumpInTime,
  type MediaInput,
  optionList,
  toNumber,
} from '../ffmpeg/index.js';
import { pictureGraph, soundGraph } from './filter-graph.js';
import { initFile } from './media-stream.js';
import type { FilmProbe, VideoLimits } from './probe.js';
import { playlistName } from './stream-playlists.js';
import type { PlannedAudio, PlannedChunk, VideoPlan } from './video-plan.js';

const audioKbps = 128;

export interface ChunkCommand {
  film: FilmProbe;
  plan: VideoPlan;
  chunk: PlannedChunk;
  limits: VideoLimits;
  /** Decodes from the beginning of the file and fills what can't be decoded by the picture before it. */
  tolerant: boolean;
}

/** By which pictures may fall short of what time stamps promise. */
const roundingSeconds = 0.5;

/**
 * All rungs of a chunk from one decode, each into `<rung>/`. Where the clock of the file may jump, and its packets
 * don't tell the length, the last chunk ends where the pictures do.
 */
export function chunkCommand({ film, plan, chunk, limits, tolerant }: ChunkCommand): FfmpegCommand {
  const { rungs, encoder, gopFrames } = plan;
  const isLast = chunk === plan.chunks.at(-1);
  const endsOpen = isLast && mayJumpInTime(film.input);
  const lastHeld = plan.heldSeconds + (endsOpen ? 0 : roundingSeconds);
  const heldSeconds = isLast ? lastHeld : tolerant ? Infinity : 0;
  const skipFrames = tolerant ? chunk.startFrame : chunk.prerollFrames;
  const seekSeconds = (chunk.startFrame - skipFrames) / toNumber(plan.frameRate);
  const seek = seekSeconds > 0 ? ['-ss', seekSeconds.toFixed(6)] : [];
  const command = ffmpeg()
    .input(inputUrl(film.input))
    .inputOptions(...inputOptions(film.input, limits), '-noautorotate', ...seek)
    .complexFilter(pictureGraph(film, rungs, { skipFrames, heldSeconds }));
  for (const [at, { name, bitrateKbps }] of rungs.entries()) {
    addOutput(command, { name, stream: `[v${at}]`, plan, firstSegment: chunk.firstSegment }).outputOptions(
      ...(endsOpen ? [] : ['-frames:v', String(chunk.frames)]),
      ...optionList({ 'c:v': 'libx264', preset: encoder.preset, 'profile:v': 'high', crf: encoder.crf }),
      ...optionList({ maxrate: `${bitrateKbps}k`, bufsize: `${bitrateKbps * 2}k` }),
      ...optionList({ g: gopFrames, keyint_min: gopFrames, sc_threshold: 0, flags: '+cgop' }),
      // Without B-frames pictures start at 0, as the sound does: browsers ignore the edit list that would
      // else move them back.
      ...optionList({ bf: 0 }),
      ...optionList({ colorspace: 'bt709', color_primaries: 'bt709', color_trc: 'bt709', color_range: 'tv' }),
    );
  }
  return command;
}

export interface AudioCommand {
  input: MediaInput;
  plan: VideoPlan;
  track: PlannedAudio;
  limits: VideoLimits;
}

/** A track of sound, whole, into `<name>/`: the playlist there grows by each segment that is finished. */
export function audioCommand({ input, plan, track, limits }: AudioCommand): FfmpegCommand {
  const command = ffmpeg()
    .input(inputUrl(input))
    .inputOptions(...inputOptions(input, limits))
    .complexFilter(soundGraph(track.streamIndex, track.silentSeconds));
  return addOutput(command, { name: track.name, stream: '[sound]', plan, firstSegment: 0 }).outputOptions(
    ...optionList({ 'c:a': 'aac', 'profile:a': 'aac_low', 'b:a': `${audioKbps}k`, ac: track.channels }),
  );
}

interface Output {
  name: string;
  stream: string;
  plan: VideoPlan;
  firstSegment: number;
}

/** An HLS muxer per rendition, each with one stream: none waits for another, and no variable maps are needed. */
function addOutput(command: FfmpegCommand, { name, stream, plan, firstSegment }: Output): FfmpegCommand {
  // ffmpeg cuts at the first keyframe at or after each multiple of this; it is a bit early, since it is
  // kept as a 32-bit float, and far less early than a GOP even after a day.
  const cutSeconds = Math.max(0.001, plan.segmentFrames / toNumber(plan.frameRate) - 0.000_05);
  return command.output(`${name}/${playlistName}`).outputOptions(
    ...optionList({ map: stream, map_metadata: -1, map_chapters: -1, f: 'hls', hls_time: cutSeconds }),
    ...optionList({
      hls_playlist_type: 'event',
      hls_list_size: 0,
      hls_segment_type: 'fmp4',
      start_number: firstSegment + 1,
    }),
    ...optionList({ hls_fmp4_init_filename: initFile, hls_segment_filename: `${name}/%05d.m4s` }),
  );
}
