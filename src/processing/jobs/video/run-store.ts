import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { initFile, segmentFile, type EncodedRun, VideoPlans, videoTrack } from '../../video/index.js';
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

/** Stores the segments of a run under a prefix of its own, and then its row. */
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
    const row = { ...run, plan: stored.id, segments };
    const finalize = finalizeJob(media);
    if (segments === 0) return this.plans.addRun(media, { ...row, prefix: '', sizeBytes: 0 }, finalize);
    const attempt = await this.attempts.beginPart(home, run.track);
    try {
      await storeRun(attempt, { run, directory, signal });
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
  { run, directory, signal }: { run: NewRun; directory: string; signal: AbortSignal },
): Promise<void> {
  const initType = run.track === videoTrack ? 'video/mp4' : 'audio/mp4';
  for (const [name, { segments }] of Object.entries(run.renditions)) {
    const put = (file: string, contentType: string) =>
      attempt.put(join(directory, name, file), `${name}/${file}`, contentType, signal);
    await put(initFile, initType);
    for (const at of segments.keys()) await put(segmentFile(run.firstSegment + at + 1), segmentType);
  }
}
