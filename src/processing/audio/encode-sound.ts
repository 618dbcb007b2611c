import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ffmpeg, { type FfmpegCommand } from 'fluent-ffmpeg';
import type { AudioFormat } from '../../config/index.js';
import {
  type FfmpegRun,
  ffmpegErrors,
  inputOptions,
  inputUrl,
  type MediaInput,
  type MediaTools,
  optionList,
  saysDiskFull,
  scanPackets,
} from '../ffmpeg/index.js';
import { type BitRates, measureBitRates } from '../video/bit-rates.js';
import { codecString } from '../video/codec-string.js';
import { parseMediaPlaylist } from '../video/media-playlist.js';
import { wholeFragmentSize } from '../video/whole-file.js';
import { audioErrors } from './audio.errors.js';
import { audioMaster, audioMasterName, audioPlaylistName, audioRendition } from './audio-playlist.js';
import type { StreamRun } from './decode-audio.js';

export interface SoundEncoding extends StreamRun, Pick<FfmpegRun, 'onTime'> {
  renditions: readonly AudioFormat[];
  /** Between decoder and encoders. */
  filters: readonly string[];
}

export interface EncodedFile {
  format: AudioFormat['format'];
  path: string;
  contentType: string;
  sizeBytes: number;
  /** Bits per second, measured. */
  bitRate: number;
}

export interface EncodedSound {
  /** Holds `master.m3u8` and what it refers to. */
  hlsDir: string;
  rates: BitRates;
  seconds: number;
  files: EncodedFile[];
}

const formats = {
  mp3: { encoder: 'libmp3lame', muxer: 'mp3', demuxer: 'mp3', contentType: 'audio/mpeg' },
  opus: { encoder: 'libopus', muxer: 'ogg', demuxer: 'ogg', contentType: 'audio/ogg' },
} as const;

/** Nominal of Apple's HLS Authoring Specification, 7.5. */
const segmentSeconds = 6;
const hlsKbps = 128;
const toleranceSeconds = 1;

/**
 * Encodes sound by one decode: AAC for HLS, and files of the given formats, all stereo at 48 kHz.
 * @throws AUDIO_CORRUPT when nothing can be decoded
 * @throws SCRATCH_FULL, TRANSCODER_FAILED, ProcessFailure, the signal's reason
 */
export async function encodeSound(
  tools: MediaTools,
  input: MediaInput,
  { stream, limits, renditions, filters, ...run }: SoundEncoding,
): Promise<EncodedSound> {
  const hlsDir = join(run.cwd, 'hls');
  await mkdir(join(hlsDir, audioRendition), { recursive: true });
  const count = renditions.length + 1;
  const chain = ['aresample=48000:async=1:first_pts=0', ...filters, 'aformat=channel_layouts=stereo'];
  const outputs = Array.from({ length: count }, (_, at) => `[s${at}]`);
  const command = ffmpeg()
    .input(inputUrl(input))
    .inputOptions(...inputOptions(input, limits))
    .complexFilter(`[0:${stream.index}]${[...chain, `asplit=${count}`].join(',')}${outputs.join('')}`);
  addHls(command, '[s0]');
  for (const [at, { format, bitrateKbps }] of renditions.entries()) {
    const { encoder, muxer } = formats[format];
    command
      .output(`sound.${format}`)
      .outputOptions(
        ...optionList({ map: `[s${at + 1}]`, map_metadata: -1, map_chapters: -1 }),
        ...optionList({ 'c:a': encoder, 'b:a': `${bitrateKbps}k`, ar: 48_000, f: muxer }),
      );
  }
  const complaints = await tools.ffmpeg(command, run);
  if (saysDiskFull(complaints)) throw ffmpegErrors.SCRATCH_FULL();
  const { rates, codec, seconds } = await readBack(join(hlsDir, audioRendition));
  await writeFile(join(hlsDir, audioMasterName), audioMaster({ codec, rates }));
  const files: EncodedFile[] = [];
  for (const { format } of renditions) {
    const { contentType, demuxer } = formats[format];
    const path = join(run.cwd, `sound.${format}`);
    const { size: sizeBytes } = await stat(path);
    const clock = await scanPackets(tools, { path, demuxer }, { ...run, limits, streams: [], ...unlimited });
    const times = clock.times(0);
    const length = times ? times.end - times.start : 0;
    // A full disk is told by nothing else.
    if (Math.abs(length - seconds) > toleranceSeconds) throw ffmpegErrors.SCRATCH_FULL();
    files.push({ format, path, contentType, sizeBytes, bitRate: Math.round((sizeBytes * 8) / length) });
  }
  return { hlsDir, rates, seconds, files };
}

const unlimited = { maxSeconds: Infinity, tooLong: () => audioErrors.AUDIO_TOO_LONG() };

function addHls(command: FfmpegCommand, map: string): void {
  command
    .output(`hls/${audioRendition}/${audioPlaylistName}`)
    .outputOptions(
      ...optionList({ map, map_metadata: -1, map_chapters: -1 }),
      ...optionList({ 'c:a': 'aac', 'profile:a': 'aac_low', 'b:a': `${hlsKbps}k` }),
      ...optionList({ f: 'hls', hls_time: segmentSeconds, hls_playlist_type: 'vod', hls_list_size: 0 }),
      ...optionList({ hls_segment_type: 'fmp4', start_number: 1, hls_fmp4_init_filename: 'init.mp4' }),
      ...optionList({ hls_segment_filename: `hls/${audioRendition}/%05d.m4s` }),
    );
}

/** Exit code 0 says little: every file is looked at. */
async function readBack(directory: string): Promise<{ rates: BitRates; codec: string; seconds: number }> {
  const text = await readFile(join(directory, audioPlaylistName), 'utf8').catch(() => null);
  if (text === null) throw audioErrors.AUDIO_CORRUPT('The sound can not be decoded');
  const { segments, targetSeconds, initUri, ended } = parseMediaPlaylist(text);
  const measured = await Promise.all(
    segments.map(async ({ uri, seconds }) => ({
      seconds,
      sizeBytes: await wholeFragmentSize(join(directory, uri)),
    })),
  );
  const codec = initUri === null ? null : codecString(await readFile(join(directory, initUri)));
  const whole = ended && measured.length > 0 && measured.every(({ sizeBytes }) => sizeBytes > 0);
  if (!whole || codec === null) throw ffmpegErrors.SCRATCH_FULL();
  return {
    rates: measureBitRates(measured, targetSeconds),
    codec,
    seconds: measured.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
