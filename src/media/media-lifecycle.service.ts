import { Injectable } from '@nestjs/common';
import type { EntityData, EntityManager } from '@mikro-orm/postgresql';
import { raw } from '@mikro-orm/postgresql';
import type { Principal } from '../auth/index.js';
import { Database } from '../database/index.js';
import { type JobRequest, Outbox } from '../events/index.js';
import { attemptPrefix, PendingDeletions } from '../storage/index.js';
import { CachePurges } from './cache-purges.js';
import { Media } from './entities/media.entity.js';
import type { StoredOriginal } from './entities/stored-original.entity.js';
import { Variant } from './entities/variant.entity.js';
import { MediaAccess } from './media-access.js';
import {
  arrivalJob,
  hashJob,
  type MediaRun,
  processJob,
  scanJob,
  supplementJobs,
  webhookJob,
} from './media-jobs.js';
import { mediaErrors } from './media.errors.js';
import { type MediaStatus, unfinishedStatuses } from './media-status.js';
import { MediaRepository, type Transition } from './media.repository.js';
import { StoredOriginals } from './stored-originals.js';

/** How long replaced variants stay for requests and cached playlists that still name them. */
export const DELIVERY_GRACE_MS = 3_600_000;

export interface Failure {
  code: string;
  detail: string;
}

export interface FailOptions {
  /** Any unfinished status when absent. */
  from?: readonly MediaStatus[];
  /** Runs in the transaction, when the media is failed by it. */
  within?: (tx: EntityManager) => Promise<void>;
}

/** What a processing run made of an original. */
export interface Outcome {
  /** Facts for the media's row. */
  facts: EntityData<Media>;
  variants: NewVariant[];
  /** The attempt's own key prefix, registered before its first byte; null where nothing is to be claimed. */
  prefix: string | null;
  /** Jobs that begin once the media is ready. */
  followUps?: JobRequest[];
  /** Of the variants, where they were claimed before; else `prefix`. */
  home?: string;
  /** Runs in the transaction, when the media is ready by it. */
  within?: (tx: EntityManager) => Promise<void>;
}

export type NewVariant = Omit<Variant, 'media' | 'createdAt' | 'lastUsedAt' | 'provisional' | 'uploaded'>;

/**
 * The steps from scan to ready, each one transaction that moves the status, and with it whatever has to
 * follow. Each tells whether it was the one to make the step: a job that lost to another, or works for
 * a generation that is over, or for a media that was deleted, hears false and drops its work.
 */
@Injectable()
export class MediaLifecycleService {
  constructor(
    private readonly database: Database,
    private readonly repository: MediaRepository,
    private readonly access: MediaAccess,
    private readonly deletions: PendingDeletions,
    private readonly outbox: Outbox,
    private readonly originals: StoredOriginals,
    private readonly purges: CachePurges,
  ) {}

  /**
   * pending → scanning: the bytes are known now, and shared with media of the space that have the same.
   * @param original as it is before it has its hash
   */
  passHash(run: MediaRun, original: StoredOriginal, sha256: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const passed = await this.repository.transition(
        tx,
        { ...run, from: ['pending'], to: 'scanning' },
        { sha256, originalId: null },
      );
      if (!passed) return false;
      const originalId = await this.originals.settle(tx, original, sha256);
      await tx.nativeUpdate(Media, { id: run.id }, { originalId });
      await this.outbox.add(tx, scanJob(run));
      return true;
    });
  }

  /** scanning → processing: the bytes may leave the service from now on. */
  passScan(run: MediaRun): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const passed = await this.repository.transition(
        tx,
        { ...run, from: ['scanning'], to: 'processing' },
        { clean: true, progress: 0 },
      );
      if (!passed) return false;
      const { kind } = await tx.findOneOrFail(Media, { id: run.id });
      await this.outbox.add(tx, processJob(run, kind));
      return true;
    });
  }

  /** scanning → quarantined: the bytes never leave the service. */
  quarantine(run: MediaRun, signature: string): Promise<boolean> {
    return this.end(
      { ...run, from: ['scanning'], to: 'quarantined' },
      { clean: false, failureCode: 'MEDIA_INFECTED', failureDetail: `The virus scanner found ${signature}` },
    );
  }

  /** Any unfinished status, or those that are given → failed, with a code that the client can read. */
  fail(
    run: MediaRun,
    { code, detail }: Failure,
    { from = unfinishedStatuses, within }: FailOptions = {},
  ): Promise<boolean> {
    const step = { ...run, from, to: 'failed' as const };
    return this.end(step, { failureCode: code, failureDetail: detail, playable: stillPlayable() }, within);
  }

  /**
   * processing → ready: the variants of this run replace those of earlier ones, whose bytes are
   * scheduled for deletion. False also when the run's own bytes are being swept.
   */
  async complete(
    run: MediaRun,
    { facts, variants, prefix, home, within, followUps = [] }: Outcome,
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const done = await this.repository.transition(
        tx,
        { ...run, from: ['processing'], to: 'ready' },
        {
          ...facts,
          progress: 100,
          playable: variants.some(({ kind }) => kind === 'hls'),
          failureCode: null,
          failureDetail: null,
        },
      );
      if (!done) return false;
      if (prefix !== null && !(await this.deletions.claim(tx, prefix))) {
        throw new Error('the variants of this run were swept before they were committed');
      }
      const kept = await this.dropVariants(tx, run.id, home ?? prefix);
      const added = variants.filter(({ name }) => !kept.has(name));
      if (added.length > 0)
        await tx.insertMany(
          Variant,
          added.map((variant) => Object.assign({ media: run.id }, variant)),
        );
      await within?.(tx);
      const media = await tx.findOneOrFail(Media, { id: run.id });
      for (const request of [webhookJob(run, 'media.ready'), ...supplementJobs(media), ...followUps])
        await this.outbox.add(tx, request);
      // What was delivered before it was processed again may have been made anew.
      if (run.generation > 1) await this.purges.request(tx, run.id);
      return true;
    });
  }

  /**
   * Starts the way again under a new generation: at the scan, or before it when the bytes were never hashed, or
   * never came.
   * @throws MEDIA_NOT_FOUND, MEDIA_FORBIDDEN, MEDIA_NOT_REPROCESSABLE
   */
  async reprocess(principal: Principal, id: string): Promise<Media> {
    const media = await this.access.changeable(principal, id);
    if (media.deletedAt !== null) throw mediaErrors.MEDIA_NOT_FOUND();
    return this.restart(media);
  }

  /**
   * The same for whoever need not be asked, for a media as it was read just now.
   * @throws MEDIA_NOT_REPROCESSABLE when it stands elsewhere by now
   */
  restart(media: Media): Promise<Media> {
    const { id } = media;
    const hashed = media.sha256 !== null;
    const run = { id, generation: media.generation + 1 };
    return this.database.transaction(async (tx) => {
      const started = await this.repository.transition(
        tx,
        {
          id,
          from: hashed ? ['ready', 'failed'] : ['failed'],
          to: hashed ? 'scanning' : 'pending',
          generation: media.generation,
        },
        { generation: raw('generation + 1'), progress: 0, failureCode: null, failureDetail: null },
      );
      if (!started) throw mediaErrors.MEDIA_NOT_REPROCESSABLE();
      await this.outbox.add(tx, firstJob(media, run));
      return tx.findOneOrFail(Media, { id }, { refresh: true });
    });
  }

  private end(
    step: Transition,
    changes: EntityData<Media>,
    within?: FailOptions['within'],
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const ended = await this.repository.transition(tx, step, changes);
      if (!ended) return false;
      await within?.(tx);
      if (step.to === 'quarantined') await this.purges.request(tx, step.id);
      await this.outbox.add(
        tx,
        webhookJob({ id: step.id, generation: step.generation ?? 0 }, `media.${step.to}`),
      );
      return true;
    });
  }

  /**
   * Forgets earlier variants; their bytes go once nobody can still be reading them. On-the-fly transforms stay true,
   * and what a client brought stays.
   * @returns the names that are taken by what stays
   */
  private async dropVariants(tx: EntityManager, id: string, keep: string | null): Promise<Set<string>> {
    const derived = { media: id, kind: { $ne: 'transform' as const }, uploaded: false };
    const old = await tx.find(Variant, derived);
    const prefixes = new Set(old.map(({ storageKey }) => attemptPrefix(storageKey)));
    for (const prefix of prefixes) {
      if (prefix !== keep)
        await this.deletions.register(tx, prefix, new Date(Date.now() + DELIVERY_GRACE_MS));
    }
    await tx.nativeDelete(Variant, derived);
    const brought = await tx.find(Variant, { media: id, uploaded: true });
    return new Set(brought.map(({ name }) => name));
  }
}

/** What an earlier run made can still be played. */
function stillPlayable() {
  return raw<boolean>(
    `exists (select from variant where variant.media_id = media.id and variant.kind = 'hls')`,
  );
}

/** Where the way of a media begins. */
function firstJob({ originalId, sha256, editPlan }: Media, run: MediaRun): JobRequest {
  if (originalId === null) return arrivalJob({ ...run, editPlan });
  return sha256 === null ? hashJob(run) : scanJob(run);
}
