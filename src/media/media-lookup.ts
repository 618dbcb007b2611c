import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Visibility } from '../auth/index.js';
import { Cache, HotResponses } from '../cache/index.js';
import { Database } from '../database/index.js';
import { MediaChanges } from '../events/index.js';
import { Media } from './entities/media.entity.js';
import { Variant, type VariantKind } from './entities/variant.entity.js';
import type { MediaKind, MediaStatus } from './media-status.js';
import { StoredOriginals } from './stored-originals.js';

/** Another one than that of versions whose views knew less. */
const NAMESPACE = 'media-5';

export interface VariantView {
  kind: VariantKind;
  name: string;
  contentType: string;
  width: number | null;
  height: number | null;
  bitrate: number | null;
  sizeBytes: number;
  storageKey: string;
  language: string | null;
  label: string | null;
  uploaded: boolean;
  /** ISO 8601. */
  createdAt: string;
}

/** What delivery and authorization need to know of a media; plain JSON, so that it can be cached. */
export interface MediaView {
  id: string;
  ownerId: string;
  orgId: string | null;
  visibility: Visibility;
  status: MediaStatus;
  /** Of the processing run, which rises with every reprocess. */
  generation: number;
  clean: boolean;
  deleted: boolean;
  filename: string;
  contentType: string;
  kind: MediaKind;
  sizeBytes: number;
  /** Null while the bytes are not hashed yet. */
  sha256: string | null;
  /** Key of the original; null while its bytes are not there. */
  storageKey: string | null;
  width: number | null;
  height: number | null;
  durationMs: number | null;
  metadata: Record<string, unknown>;
  /** ISO 8601. */
  createdAt: string;
  /** All but on-the-fly transforms, of which there can be many. */
  variants: VariantView[];
}

/** Cached look-ups of media by id, right on every instance as soon as a change is committed. */
@Injectable()
export class MediaLookup implements OnModuleInit, OnModuleDestroy {
  private stopListening: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly cache: Cache,
    private readonly changes: MediaChanges,
    private readonly originals: StoredOriginals,
    private readonly hot: HotResponses,
  ) {}

  onModuleInit(): void {
    this.stopListening = [
      this.changes.onChange(({ id }) => void this.forget(id)),
      this.changes.onGap(() => {
        this.cache.reset();
        this.hot.reset(this.changes.live);
      }),
    ];
  }

  onModuleDestroy(): void {
    for (const stop of this.stopListening) stop();
  }

  /** The media, in whatever state, or null. */
  find(id: string): Promise<MediaView | null> {
    if (!this.changes.live) return this.load(id);
    // Changes are told by the id as the database spells it.
    return this.cache.remember(NAMESPACE, id.toLowerCase(), () => this.load(id));
  }

  /** To be called by whoever committed a change, so that its own next read sees it. */
  forget(id: string): Promise<void> {
    const key = id.toLowerCase();
    // After the look-up, so that no answer made of the old one is kept.
    const forgotten = this.cache.forget(NAMESPACE, key);
    this.hot.forget(key);
    return forgotten;
  }

  private async load(id: string): Promise<MediaView | null> {
    const unit = this.database.unit();
    const media = await unit.findOne(Media, { id });
    if (!media) return null;
    const variants = await unit.find(
      Variant,
      { media: id, kind: { $ne: 'transform' } },
      { orderBy: { id: 'asc' } },
    );
    const original = await this.originals.find(media);
    return {
      id: media.id,
      ownerId: media.ownerId,
      orgId: media.orgId,
      visibility: media.visibility,
      status: media.status,
      generation: media.generation,
      clean: media.clean,
      deleted: media.deletedAt !== null,
      filename: media.filename,
      contentType: media.contentType,
      kind: media.kind,
      sizeBytes: media.sizeBytes,
      sha256: media.sha256,
      storageKey: original?.storageKey ?? null,
      width: media.width,
      height: media.height,
      durationMs: media.durationMs,
      metadata: media.metadata,
      createdAt: media.createdAt.toISOString(),
      variants: variants.map(toVariantView),
    };
  }
}

function toVariantView(variant: Variant): VariantView {
  const { kind, name, contentType, width, height, bitrate, sizeBytes, storageKey, uploaded } = variant;
  return {
    kind,
    name,
    contentType,
    width,
    height,
    bitrate,
    sizeBytes,
    storageKey,
    language: variant.language ?? null,
    label: variant.label ?? null,
    uploaded,
    createdAt: variant.createdAt.toISOString(),
  };
}
