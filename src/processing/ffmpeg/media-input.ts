import { resolve } from 'node:path';
import { optionList } from './option-list.js';

/** A local file that is read as one certain container, whatever else it may look like. */
export interface MediaInput {
  path: string;
  demuxer: string;
}

/** Decoder limits: the formats cap these, not the file. */
export interface DecodeLimits {
  /** Width × height of one frame. */
  maxPixels: number;
}

/** Of any single allocation; frames of the largest allowed size stay far below it. */
const maxAllocationBytes = 512 * 1024 ** 2;

/**
 * Real containers only. Playlists and scripts (HLS, DASH, concat, image sequences) are no input: they make
 * ffmpeg open other files.
 */
const demuxers: ReadonlyMap<string, string> = new Map([
  ['video/mp4', 'mov'],
  ['video/quicktime', 'mov'],
  ['video/3gpp', 'mov'],
  ['video/x-matroska', 'matroska'],
  ['video/webm', 'matroska'],
  ['video/x-msvideo', 'avi'],
  ['video/mpeg', 'mpeg'],
  ['video/mp2t', 'mpegts'],
  ['video/x-flv', 'flv'],
  ['video/ogg', 'ogg'],
  ['video/x-ms-asf', 'asf'],
  ['audio/mp4', 'mov'],
  ['audio/3gpp', 'mov'],
  ['audio/webm', 'matroska'],
  ['audio/mpeg', 'mp3'],
  ['audio/aac', 'aac'],
  ['audio/flac', 'flac'],
  ['audio/wav', 'wav'],
  ['audio/aiff', 'aiff'],
  ['audio/ogg', 'ogg'],
  ['audio/amr', 'amr'],
  ['audio/x-ms-asf', 'asf'],
]);

/** Demuxers whose time stamps may start anew in the middle (AVFMT_TS_DISCONT); ffmpeg joins them. */
const discontinuous: ReadonlySet<string> = new Set(['mpeg', 'mpegts', 'ogg', 'flv']);

/** The input for a sniffed content type; null when nothing here can read that type. */
export function mediaInput(path: string, contentType: string): MediaInput | null {
  const demuxer = demuxers.get(contentType);
  return demuxer === undefined ? null : { path: resolve(path), demuxer };
}

export function mayJumpInTime({ demuxer }: MediaInput): boolean {
  return discontinuous.has(demuxer);
}

/** Options that go before the file, for ffmpeg and ffprobe alike. */
export function inputOptions({ demuxer }: MediaInput, { maxPixels }: DecodeLimits): string[] {
  return optionList({
    protocol_whitelist: 'file',
    format_whitelist: demuxer,
    f: demuxer,
    max_pixels: maxPixels,
    max_alloc: maxAllocationBytes,
  });
}

/** The file as an address that no other protocol can be read into. */
export function inputUrl({ path }: MediaInput): string {
  return `file:${path}`;
}
