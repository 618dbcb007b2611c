import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ffmpegErrors, type MediaTools, saysDiskFull, toMediaError } from '../ffmpeg/index.js';
import { damageIn } from './complaints.js';
import { type AudioCommand, audioCommand } from './encode-command.js';
import { finishedSegments, readRun } from './read-run.js';
import type { EncodedRun } from './stored-run.js';
import { videoFailures } from './video.errors.js';

const lookMs = 250;
/** What ffmpeg tells that it wrote and what its segments hold differ by less than a few AAC frames. */
const toleranceSeconds = 0.2;

export interface AudioRequest extends AudioCommand {
  /** Exists; gets a directory for the track. */
  outDir: string;
  maxFileBytes?: number;
  signal?: AbortSignal | undefined;
  /**
   * Gets each further run of segments as it is finished, on the disk under their numbers. The next one waits until
   * it resolves.
   * @param firstSegment from 0
   */
  onRun: (run: EncodedRun, firstSegment: number) => Promise<void>;
}

export interface EncodedAudio {
  segments: number;
  damaged: boolean;
}

/**
 * Encodes a track of sound in one piece: joints of sound encoded in pieces drift. What is finished is handed over
 * while the rest is being made. No segment at all: nothing could be decoded.
 * @throws VIDEO_CORRUPT, VIDEO_TOO_LARGE, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL, the signal's reason, what
 *   `onRun` threw
 */
export async function encodeAudio(tools: MediaTools, request: AudioRequest): Promise<EncodedAudio> {
  const { outDir, track, limits, signal, onRun } = request;
  const directory = join(outDir, track.name);
  await mkdir(directory);
  const ended = new AbortController();
  const failed = new AbortController();
  let handedOver = 0;
  let [handedOverSeconds, writtenMs] = [0, 0];
  const handOver = async (unfinished: number): Promise<void> => {
    const count = (await finishedSegments(directory)) - unfinished;
    if (count <= handedOver) return;
    const place = { directory, firstSegment: handedOver, startSeconds: { num: 0, den: 1 } };
    const { encoded } = await readRun(place, count - handedOver);
    await onRun(encoded, handedOver);
    handedOver = count;
    handedOverSeconds += encoded.segments.reduce((sum, { ticks }) => sum + ticks, 0) / encoded.timescale;
  };
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await sleep(lookMs, undefined, { signal: ended.signal }).catch(() => undefined);
      // The playlist may name the last one a moment before all its bytes are written.
      await handOver(1);
    }
  };
  const watching = watch().catch((error: unknown) => failed.abort(error));
  try {
    const complaints = await tools.ffmpeg(audioCommand(request), {
      cwd: outDir,
      timeoutMs: limits.timeoutSeconds * 1000,
      // It is far ahead of the pictures, for which a player waits.
      background: true,
      onTime: (doneMs) => (writtenMs = doneMs),
      signal: signal ? AbortSignal.any([signal, failed.signal]) : failed.signal,
      ...(request.maxFileBytes === undefined ? {} : { maxFileBytes: request.maxFileBytes }),
    });
    if (saysDiskFull(complaints)) throw ffmpegErrors.SCRATCH_FULL();
    ended.abort();
    await watching;
    failed.signal.throwIfAborted();
    await handOver(0);
    // The HLS muxer may also be silent about a full disk, and name no segment.
    if (handedOverSeconds < writtenMs / 1000 - toleranceSeconds) throw ffmpegErrors.SCRATCH_FULL();
    return { segments: handedOver, damaged: damageIn(complaints, false) !== '' };
  } catch (error) {
    throw toMediaError(error, videoFailures);
  } finally {
    ended.abort();
    await watching;
  }
}
