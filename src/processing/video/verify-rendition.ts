import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ffmpegErrors } from '../ffmpeg/index.js';
import { type BitRates, type MeasuredSegment, measureBitRates } from './bit-rates.js';
import { codecString } from './codec-string.js';
import { parseMediaPlaylist } from './media-playlist.js';
import { playlistName } from './transcode.js';
import { wholeFragmentSize } from './whole-file.js';

/** A rendition as it lies on the disk, whole. */
export interface EncodedRendition {
  name: string;
  codec: string;
  rates: BitRates;
  seconds: number;
  /** File names within the rendition's directory, in order of play; the init segment apart. */
  initFile: string;
  segmentFiles: string[];
  sizeBytes: number;
}

/**
 * Reads back what the encoder wrote. A full disk leaves files empty or cut, and ffmpeg's HLS muxer then
 * neither complains nor exits with an error.
 * @returns null when there is no playlist: no picture, or no sound, came out of the decoder
 * @throws SCRATCH_FULL when a file is empty, cut or missing
 */
export async function verifyRendition(outDir: string, name: string): Promise<EncodedRendition | null> {
  const directory = join(outDir, name);
  const text = await readPlaylist(join(directory, playlistName));
  if (text === null) return null;
  const { initUri, segments, targetSeconds, ended } = parseMediaPlaylist(text);
  if (initUri === null || segments.length === 0 || !ended) throw torn(name);
  const measured: MeasuredSegment[] = [];
  for (const { uri, seconds } of segments) {
    const sizeBytes = await wholeFragmentSize(join(directory, uri));
    if (sizeBytes === 0 || !(seconds > 0)) throw torn(name);
    measured.push({ seconds, sizeBytes });
  }
  const initBytes = await wholeFragmentSize(join(directory, initUri));
  const codec = initBytes > 0 ? codecString(await readFile(join(directory, initUri))) : null;
  if (codec === null) throw torn(name);
  return {
    name,
    codec,
    rates: measureBitRates(measured, targetSeconds),
    seconds: measured.reduce((sum, { seconds }) => sum + seconds, 0),
    initFile: initUri,
    segmentFiles: segments.map(({ uri }) => uri),
    sizeBytes: measured.reduce((sum, { sizeBytes }) => sum + sizeBytes, initBytes),
  };
}

async function readPlaylist(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function torn(name: string): Error {
  return ffmpegErrors.SCRATCH_FULL(undefined, { cause: new Error(`rendition ${name} is not whole`) });
}
