import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../common/index.js';
import { ffmpegErrors, type MediaTools, saysDiskFull, toMediaError, toNumber } from '../ffmpeg/index.js';
import { damageIn } from './complaints.js';
import { type ChunkCommand, chunkCommand } from './encode-command.js';
import { finishedSegments, readRun, type RunOnDisk } from './read-run.js';
import type { EncodedRun } from './stored-run.js';
import { videoErrors, videoFailures } from './video.errors.js';

export interface ChunkRequest extends Omit<ChunkCommand, 'tolerant'> {
  /** Exists, is empty; gets a directory for each rung. */
  outDir: string;
  maxFileBytes?: number;
  /** How many frames are encoded; called at most twice a second. */
  onFrames?: ((frames: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface EncodedChunk {
  /** By rung. */
  renditions: Record<string, EncodedRun>;
  /** Of each rung. */
  frames: number;
  /** Not all that the source should have there could be decoded. */
  damaged: boolean;
}

/**
 * Encodes a chunk by one ffmpeg that decodes once, strictly: it must give exactly the frames that were planned.
 * Where it does not, once more and tolerantly, see `ChunkCommand`.
 * @throws VIDEO_CORRUPT when nothing can be decoded, VIDEO_TOO_LARGE, VIDEO_TIMEOUT, TRANSCODER_FAILED, SCRATCH_FULL,
 *   the signal's reason
 */
export async function encodeChunk(tools: MediaTools, request: ChunkRequest): Promise<EncodedChunk> {
  const strict = await attempt(tools, request, false).catch((error: unknown) => {
    if (error instanceof DomainError && error.code === 'VIDEO_CORRUPT') return null;
    throw error;
  });
  if (strict && isWhole(request, strict.frames)) return strict;
  for (const { name } of request.plan.rungs) {
    await rm(join(request.outDir, name), { recursive: true, force: true });
  }
  const tolerant = await attempt(tools, request, true);
  const isLast = request.chunk === request.plan.chunks.at(-1);
  if (tolerant.frames === 0 && request.chunk.startFrame === 0) {
    throw videoErrors.VIDEO_CORRUPT('No picture can be decoded');
  }
  if (!isLast && tolerant.frames !== request.chunk.frames) {
    throw videoErrors.VIDEO_CORRUPT('Parts of the video can not be decoded');
  }
  return { ...tolerant, damaged: true };
}

/** What container and packets promise of the end is not exact to the frame. */
function isWhole({ plan, chunk }: ChunkRequest, frames: number): boolean {
  if (chunk !== plan.chunks.at(-1)) return frames === chunk.frames;
  const tolerance = Math.max(toNumber(plan.frameRate), plan.frames * 0.02);
  return frames > 0 && Math.abs(frames - chunk.frames) <= tolerance;
}

async function attempt(tools: MediaTools, request: ChunkRequest, tolerant: boolean): Promise<EncodedChunk> {
  const { plan, chunk, outDir, limits, signal, onFrames } = request;
  for (const { name } of plan.rungs) await mkdir(join(outDir, name));
  const rate = toNumber(plan.frameRate);
  let written = 0;
  try {
    const complaints = await tools.ffmpeg(chunkCommand({ ...request, tolerant }), {
      cwd: outDir,
      timeoutMs: limits.timeoutSeconds * 1000,
      signal,
      // Players wait for the first one.
      background: chunk.startFrame > 0,
      ...(request.maxFileBytes === undefined ? {} : { maxFileBytes: request.maxFileBytes }),
      onFrames: (frames) => (written = frames),
      ...(onFrames && { onTime: (doneMs) => onFrames(Math.floor((doneMs / 1000) * rate)) }),
    });
    if (saysDiskFull(complaints)) throw ffmpegErrors.SCRATCH_FULL();
    const made = await readRungs(request);
    // The HLS muxer may also be silent about a full disk, and name no segment.
    if (made.frames < written) throw ffmpegErrors.SCRATCH_FULL();
    return { ...made, damaged: damageIn(complaints, chunk.startFrame > 0) !== '' };
  } catch (error) {
    throw toMediaError(error, videoFailures);
  }
}

async function readRungs({ plan, chunk, outDir }: ChunkRequest): Promise<Omit<EncodedChunk, 'damaged'>> {
  const { num, den } = plan.frameRate;
  const runs: [string, RunOnDisk][] = [];
  for (const { name } of plan.rungs) {
    const directory = join(outDir, name);
    const count = await finishedSegments(directory);
    if (count === 0) continue;
    const startSeconds = { num: chunk.startFrame * den, den: num };
    runs.push([name, await readRun({ directory, firstSegment: chunk.firstSegment, startSeconds }, count)]);
  }
  if (runs.length === 0) return { renditions: {}, frames: 0 };
  const shapes = new Set(runs.map(([, { samples, encoded }]) => `${samples} in ${encoded.segments.length}`));
  if (runs.length !== plan.rungs.length || shapes.size !== 1) {
    throw ffmpegErrors.SCRATCH_FULL(undefined, { cause: new Error('the rungs of a chunk differ') });
  }
  const frames = runs[0]?.[1].samples ?? 0;
  return { frames, renditions: Object.fromEntries(runs.map(([name, run]) => [name, run.encoded])) };
}
