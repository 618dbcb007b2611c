import { Injectable } from '@nestjs/common';
import { type EntityData, type EntityManager, raw } from '@mikro-orm/postgresql';
import { newId } from '../../common/index.js';
import { Database } from '../../database/index.js';
import { type JobRequest, Outbox } from '../../events/index.js';
import { Media, type MediaRun, Variant } from '../../media/index.js';
import { PendingDeletions, variantPrefix } from '../../storage/index.js';
import { StoredPlan, type StoredPictures } from './entities/video-plan.entity.js';
import { VideoRun } from './entities/video-run.entity.js';
import { planProgress, type PlanProgress, type RunSummary } from './plan-progress.js';
import type { VideoPlan } from './video-plan.js';

/** Rows of plans and runs. Whoever changes them holds the row of the media, so that one waits for another. */
@Injectable()
export class VideoPlans {
  constructor(
    private readonly database: Database,
    private readonly deletions: PendingDeletions,
    private readonly outbox: Outbox,
  ) {}

  find({ id, generation }: MediaRun): Promise<StoredPlan | null> {
    return this.database.unit().findOne(StoredPlan, { media: id, generation });
  }

  /** Whether a run of a media has come to its end, so that there is something to play whatever becomes of the next. */
  async hasComplete(media: string): Promise<boolean> {
    return (await this.database.unit().count(StoredPlan, { media, state: 'complete' })) > 0;
  }

  /** In no particular order. */
  runs(planId: string): Promise<VideoRun[]> {
    return this.database.unit().find(VideoRun, { plan: planId });
  }

  async progress({ id, plan }: StoredPlan): Promise<PlanProgress> {
    return planProgress(plan, await summaries(this.database.unit(), id));
  }

  /**
   * Stores the plan of a run and asks for the jobs that carry it out. What an earlier run left is given up.
   * @param facts of the media, known from now on; secret: see `StoredPlan`
   * @returns false when the media stands elsewhere, or the run has its plan already
   */
  create(
    run: MediaRun,
    { plan, facts, secret }: { plan: VideoPlan; facts: EntityData<Media>; secret: Buffer | null },
    jobsOf: (stored: StoredPlan) => JobRequest[],
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await hold(tx, run))) return false;
      if (await tx.findOne(StoredPlan, { media: run.id, generation: run.generation })) return false;
      await this.giveUp(tx, run.id);
      const id = newId();
      await tx.insert(StoredPlan, {
        id,
        media: run.id,
        generation: run.generation,
        plan,
        secret,
        createdAt: new Date(),
      });
      const changes = { ...facts, updatedAt: new Date(), version: raw('version + 1') };
      await tx.nativeUpdate(Media, { id: run.id }, changes);
      for (const job of jobsOf(await tx.findOneOrFail(StoredPlan, { id }))) await this.outbox.add(tx, job);
      return true;
    });
  }

  /**
   * Adds a run of segments, and what follows for the media: progress, `playable`, and, when nothing is missing any
   * more, the job that ends it.
   * @param run its prefix is in the ledger, unless it has no segments
   * @returns false when another attempt was first, or the plan is over: the bytes are not needed
   */
  addRun(media: MediaRun, run: Omit<VideoRun, 'createdAt'>, finalize: JobRequest): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const stored = await this.holdPlan(tx, media, run.plan);
      if (!stored) return false;
      const known = await summaries(tx, stored.id);
      if (known.some((other) => clash(other, run))) return false;
      if (run.segments > 0) await this.claim(tx, run.prefix);
      await tx.insert(VideoRun, { ...run, createdAt: new Date() });
      const { percent, playable, done } = planProgress(stored.plan, [...known, run]);
      await tx.execute(
        `update media set progress = greatest(progress, ?), playable = playable or ?, updated_at = now() where id = ?`,
        [percent, playable, media.id],
        'run',
      );
      if (done && stored.pictures !== null) await this.outbox.add(tx, finalize);
      return true;
    });
  }

  /**
   * Adds poster and thumbnails: to the media at once, unless it still has those of an earlier run.
   * @returns as `addRun`
   */
  addPictures(
    media: MediaRun,
    planId: string,
    added: StoredPictures,
    finalize: JobRequest,
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const stored = await this.holdPlan(tx, media, planId);
      if (!stored || stored.pictures !== null) return false;
      await this.claim(tx, added.prefix);
      await tx.nativeUpdate(StoredPlan, { id: planId }, { pictures: added });
      await showEarly(tx, media.id, added);
      if (planProgress(stored.plan, await summaries(tx, planId)).done) await this.outbox.add(tx, finalize);
      return true;
    });
  }

  /** In the transaction that makes the media ready: this plan is the one that is played from now on. */
  async complete(tx: EntityManager, { id, media }: StoredPlan): Promise<void> {
    await tx.nativeDelete(StoredPlan, { media, state: 'retired' });
    await tx.nativeUpdate(StoredPlan, { media, state: 'complete' }, { state: 'retired' });
    await tx.nativeUpdate(StoredPlan, { id }, { state: 'complete' });
  }

  /** In the transaction that ends the media as failed, or begins it anew: what is unfinished will never be complete. */
  async giveUp(tx: EntityManager, media: string): Promise<void> {
    for (const { id } of await tx.find(StoredPlan, { media, state: 'encoding' })) {
      await this.deletions.register(tx, variantPrefix(media, id), new Date());
      await tx.nativeDelete(StoredPlan, { id });
    }
  }

  private async holdPlan(tx: EntityManager, media: MediaRun, planId: string): Promise<StoredPlan | null> {
    return (await hold(tx, media)) ? tx.findOne(StoredPlan, { id: planId, state: 'encoding' }) : null;
  }

  private async claim(tx: EntityManager, prefix: string): Promise<void> {
    if (await this.deletions.claim(tx, prefix)) return;
    throw new Error('what an attempt stored was swept before it was committed');
  }
}

/** @returns false when the media is not being processed any more, by this run */
async function hold(tx: EntityManager, { id, generation }: MediaRun): Promise<boolean> {
  const rows = await tx.execute<object[]>(
    `select from media where id = ? and generation = ? and status = 'processing' and deleted_at is null for update`,
    [id, generation],
  );
  return rows.length === 1;
}

function summaries(unit: EntityManager, planId: string): Promise<RunSummary[]> {
  return unit.execute<RunSummary[]>(
    `select track, first_segment as "firstSegment", segments, frames, last from video_run where plan_id = ?`,
    [planId],
  );
}

/** Whether two runs would bring a segment twice, or one follows what was the last. */
function clash(other: RunSummary, run: RunSummary): boolean {
  if (other.track !== run.track) return false;
  const apart =
    other.firstSegment + other.segments <= run.firstSegment ||
    run.firstSegment + run.segments <= other.firstSegment;
  return !apart || other.firstSegment === run.firstSegment;
}

async function showEarly(
  tx: EntityManager,
  media: string,
  { variants, placeholder }: StoredPictures,
): Promise<void> {
  const names = variants.map(({ name }) => name);
  if ((await tx.count(Variant, { media, name: { $in: names } })) > 0) return;
  await tx.insertMany(
    Variant,
    variants.map((variant) => ({ ...variant, media })),
  );
  const changes = { placeholder, updatedAt: new Date(), version: raw('version + 1') };
  await tx.nativeUpdate(Media, { id: media }, changes);
}
