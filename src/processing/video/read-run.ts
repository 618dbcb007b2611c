import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ffmpegErrors } from '../ffmpeg/index.js';
import { codecString } from './codec-string.js';
import { placeSegment, readInit } from './fmp4/fragment.js';
import { initFile, segmentFile } from './media-stream.js';
import { parseMediaPlaylist } from './media-playlist.js';
import type { EncodedRun } from './stored-run.js';
import { playlistName } from './stream-playlists.js';

/** A segment is read whole; no rung comes near this. */
const maxSegmentBytes = 256 * 1024 ** 2;

export interface RunPlace {
  /** The rendition's. */
  directory: string;
  /** Of the run, within the video, from 0. */
  firstSegment: number;
  /** By which it is moved on the time line. */
  startSeconds: { num: number; den: number };
}

/** A run as it lies on the disk, and how many samples are in it. */
export interface RunOnDisk {
  encoded: EncodedRun;
  samples: number;
}

/** How many segments the encoder has finished; it may go on. 0 where it has written no playlist. */
export async function finishedSegments(directory: string): Promise<number> {
  const text = await readFile(join(directory, playlistName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return parseMediaPlaylist(text).segments.length;
}

/**
 * Reads back what the encoder wrote, puts its segments in their place on the time line and tells of what is in
 * them. A full disk leaves files empty or cut, and ffmpeg's HLS muxer then neither complains nor exits with an error.
 * To be called once for a segment.
 * @throws SCRATCH_FULL when a file is empty, cut or missing
 */
export async function readRun(place: RunPlace, count: number): Promise<RunOnDisk> {
  const { directory, firstSegment, startSeconds } = place;
  try {
    const init = await readFile(join(directory, initFile));
    const facts = readInit(init);
    const codec = codecString(init);
    if (codec === null) throw new RangeError('the init segment tells no codec');
    const shiftTicks = Math.round((startSeconds.num * facts.timescale) / startSeconds.den);
    const encoded: EncodedRun = {
      codec,
      timescale: facts.timescale,
      initHash: createHash('sha256').update(init).digest('hex'),
      initBytes: init.length,
      segments: [],
    };
    let samples = 0;
    for (let at = 0; at < count; at += 1) {
      const path = join(directory, segmentFile(firstSegment + at + 1));
      const { size } = await stat(path);
      if (size > maxSegmentBytes) throw new RangeError('a segment is too large');
      const data = await readFile(path);
      const placed = placeSegment(data, facts, { shiftTicks, sequence: firstSegment + at + 1 });
      if (!placed.startsWithKey || placed.ticks <= 0)
        throw new RangeError('a segment can not be played alone');
      await writeFile(path, data);
      encoded.segments.push({ sizeBytes: data.length, ticks: placed.ticks, keyBytes: placed.keyBytes });
      samples += placed.samples;
    }
    return { encoded, samples };
  } catch (cause) {
    const { code, name } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && name !== 'RangeError') throw cause;
    throw ffmpegErrors.SCRATCH_FULL(undefined, { cause });
  }
}
