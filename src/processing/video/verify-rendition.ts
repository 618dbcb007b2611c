import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BitRates, measureBitRates } from './bit-rates.js';
import { codecString } from './codec-string.js';
import { parseMediaPlaylist } from './media-playlist.js';
import { playlistName } from './transcode.js';

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
 * Reads back what the encoder wrote. A full disk leaves empty segments and an exit code of 0.
 * @returns null when anything is missing, empty or unreadable
 */
export async function verifyRendition(outDir: string, name: string): Promise<EncodedRendition | null> {
  const directory = join(outDir, name);
  const text = await readFile(join(directory, playlistName), 'utf8').catch(() => '');
  const { initUri, segments, targetSeconds, ended } = parseMediaPlaylist(text);
  if (initUri === null || segments.length === 0 || !ended) return null;
  const measured = await Promise.all(
    segments.map(async ({ uri, seconds }) => ({ seconds, sizeBytes: await fileSize(join(directory, uri)) })),
  );
  if (measured.some(({ sizeBytes, seconds }) => sizeBytes === 0 || !(seconds > 0))) return null;
  const init = await readFile(join(directory, initUri)).catch(() => Buffer.alloc(0));
  const codec = codecString(init);
  if (codec === null) return null;
  return {
    name,
    codec,
    rates: measureBitRates(measured, targetSeconds),
    seconds: measured.reduce((sum, { seconds }) => sum + seconds, 0),
    initFile: initUri,
    segmentFiles: segments.map(({ uri }) => uri),
    sizeBytes: measured.reduce((sum, { sizeBytes }) => sum + sizeBytes, init.length),
  };
}

async function fileSize(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
