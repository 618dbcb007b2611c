import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import {
  type EncodedRun,
  initFile,
  renditionKey,
  sealedSize,
  sealSegment,
  segmentFile,
  VideoPlans,
  videoTrack,
} from '../../video/index.js';
import { type VariantAttempt, VariantAttempts } from '../variant-attempt.js';
import type { PlannedPlace } from './video-frame.js';
import { finalizeJob } from './video-jobs.js';

/** A run on the local disk. */
export interface NewRun {
  track: string;
  firstSegment: number;
  renditions: Record<string, EncodedRun>;
  /** Of pictures. */
  frames: number;
  last: boolean;
  damaged: boolean;
}

const segmentType = 'video/iso.segment';

interface StoreRequest {
  run: NewRun;
  directory: string;
  /** Of the plan. */
  secret: Buffer | null;
  signal: AbortSignal;
}

/** Stores the segments of a run under a prefix of its own, encrypted where they are to be, and then its row. */
@Injectable()
export class RunStore {
  constructor(
    private readonly attempts: VariantAttempts,
    private readonly plans: VideoPlans,
  ) {}

  /**
   * @param directory where the renditions' directories are
   * @returns false when the run was not needed: nothing of it is kept
   */
  async add(
    { stored, home, run: media, signal }: PlannedPlace,
    run: NewRun,
    directory: string,
  ): Promise<boolean> {
    const segments = Math.max(
      0,
      ...Object.values(run.renditions).map((rendition) => rendition.segments.length),
    );
    const { secret } = stored;
    const renditions = secret ? sealedRuns(run.renditions) : run.renditions;
    const row = { ...run, renditions, plan: stored.id, segments };
    const finalize = finalizeJob(media);
    if (segments === 0) return this.plans.addRun(media, { ...row, prefix: '', sizeBytes: 0 }, finalize);
    const attempt = await this.attempts.beginPart(home, run.track);
    try {
      await storeRun(attempt, { run, directory, secret, signal });
      const { prefix, sizeBytes } = attempt;
      const added = await this.plans.addRun(media, { ...row, prefix, sizeBytes }, finalize);
      if (!added) await attempt.discard();
      return added;
    } catch (error) {
      await attempt.discard();
      throw error;
    } finally {
      attempt.end();
    }
  }
}

async function storeRun(
  attempt: VariantAttempt,
  { run, directory, secret, signal }: StoreRequest,
): Promise<void> {
  const initType = run.track === videoTrack ? 'video/mp4' : 'audio/mp4';
  for (const [name, { segments }] of Object.entries(run.renditions)) {
    await attempt.put(join(directory, name, initFile), `${name}/${initFile}`, initType, signal);
    const key = secret && renditionKey(secret, name);
    for (const at of segments.keys()) {
      const number = run.firstSegment + at + 1;
      const file = segmentFile(number);
      const path = join(directory, name, file);
      const source = key ? Readable.from(sealSegment(createReadStream(path), { key, number })) : path;
      await attempt.put(source, `${name}/${file}`, segmentType, signal);
    }
  }
}

/** As they are once their segments are encrypted: no part of one can be had alone. */
function sealedRuns(renditions: Record<string, EncodedRun>): Record<string, EncodedRun> {
  const sealed = (run: EncodedRun): EncodedRun => ({
    ...run,
    segments: run.segments.map(({ sizeBytes, ticks }) => ({
      sizeBytes: sealedSize(sizeBytes),
      ticks,
      keyBytes: 0,
    })),
  });
  return Object.fromEntries(Object.entries(renditions).map(([name, run]) => [name, sealed(run)]));
}
