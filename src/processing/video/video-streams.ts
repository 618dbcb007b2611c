import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { StoredPlan } from './entities/video-plan.entity.js';
import { initFile, mediaStream, type MediaStream, segmentFile } from './media-stream.js';
import { renditionKey } from './segment-cipher.js';
import { videoTrack } from './stored-run.js';
import { VideoPlans } from './video-plans.js';

/** A plan that can be played, whole or so far. */
export interface StreamRef {
  planId: string;
  generation: number;
  /** Nothing of it changes any more. */
  complete: boolean;
  encrypted: boolean;
  /** When it was planned, in seconds since 1970. */
  plannedAt: number;
  /** Of the whole video. */
  durationMs: number;
}

/** A file of a stream: an object that is written once. Plain JSON. */
export interface StreamFile {
  key: string;
  sizeBytes: number;
  contentType: string;
  /** ISO 8601. */
  createdAt: string;
}

/** Names the key of a rendition. */
export interface StreamKeyName {
  mediaId: string;
  generation: number;
  rendition: string;
}

export interface StreamKey {
  /** 16 bytes (RFC 8216bis, 5.1). */
  key: Buffer;
  /** Names the key, and says nothing of it. */
  id: string;
  createdAt: Date;
}

/** Names a file of a stream as playlists do. */
export interface StreamFileName {
  mediaId: string;
  generation: number;
  rendition: string;
  kind: 'init' | 'segment';
  /** Of the segment, from 1; of an init segment: that of the first one that it serves. */
  number: number;
}

/** Videos as far as they can be played, read from the rows of what is stored. */
@Injectable()
export class VideoStreams {
  constructor(
    private readonly database: Database,
    private readonly plans: VideoPlans,
  ) {}

  /** What is to be played now: what is complete, else what the run that is under way has made so far. */
  async current(mediaId: string, generation: number): Promise<StreamRef | null> {
    const rows = await this.database.unit().execute<StreamRef[]>(
      `select id as "planId", generation, state = 'complete' as complete, secret is not null as encrypted,
              extract(epoch from created_at)::float8 as "plannedAt",
              (plan -> 'film' ->> 'durationMs')::float8 as "durationMs"
         from video_plan
        where media_id = ? and (state = 'complete' or state = 'encoding' and generation = ?)
        order by state limit 1`,
      [mediaId, generation],
    );
    return rows[0] ?? null;
  }

  async load({ planId }: Pick<StreamRef, 'planId'>): Promise<MediaStream | null> {
    const stored = await this.database.unit().findOne(StoredPlan, { id: planId });
    return stored && mediaStream(stored.plan, await this.plans.runs(planId), stored);
  }

  /** Of a run as `find` knows it; null where it is not encrypted. To be kept nowhere. */
  async findKey({ mediaId: media, generation, rendition }: StreamKeyName): Promise<StreamKey | null> {
    const stored = await this.database.unit().findOne(StoredPlan, { media, generation });
    if (!stored || stored.secret === null) return null;
    const { id, plan, secret, createdAt } = stored;
    if (![...plan.rungs, ...plan.audio].some(({ name }) => name === rendition)) return null;
    return { key: renditionKey(secret, rendition), id: `${id}/${rendition}`, createdAt };
  }

  /** Also of a run that was replaced a short while ago: somebody may still be playing it. */
  async find({ mediaId, generation, rendition, kind, number }: StreamFileName): Promise<StreamFile | null> {
    const rows = await this.database.unit().execute<FileRow[]>(
      `select prefix, track, first_segment as "firstSegment", created_at as "createdAt",
              renditions -> ?::text -> 'initBytes' as "initBytes",
              renditions -> ?::text -> 'segments' -> (?::int - first_segment - 1) -> 'sizeBytes' as "sizeBytes"
         from video_run
        where plan_id = (select id from video_plan where media_id = ? and generation = ?)
          and jsonb_exists(renditions, ?) and first_segment < ?
        order by first_segment desc limit 1`,
      [rendition, rendition, number, mediaId, generation, rendition, number],
    );
    const row = rows[0];
    if (!row) return null;
    const createdAt = new Date(row.createdAt).toISOString();
    const directory = `${row.prefix}${rendition}/`;
    if (kind === 'init') {
      if (row.firstSegment !== number - 1) return null;
      const contentType = row.track === videoTrack ? 'video/mp4' : 'audio/mp4';
      return { key: directory + initFile, sizeBytes: row.initBytes, contentType, createdAt };
    }
    if (row.sizeBytes === null) return null;
    const contentType = 'video/iso.segment';
    return { key: directory + segmentFile(number), sizeBytes: row.sizeBytes, contentType, createdAt };
  }
}

interface FileRow {
  prefix: string;
  track: string;
  firstSegment: number;
  createdAt: string;
  initBytes: number;
  sizeBytes: number | null;
}
