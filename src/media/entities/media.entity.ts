import { BigIntType, type Opt } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Trigger } from '@mikro-orm/decorators/legacy';
import type { Visibility } from '../../auth/index.js';
import { bandsOf } from '../hamming-bands.js';
import type { MediaKind, MediaStatus } from '../media-status.js';
import { StoredOriginal } from './stored-original.entity.js';

/** Body of the trigger that tells every process of a change once it is committed. */
const notifyOfChange = `
  perform pg_notify('media_changed', json_build_object(
    'id', coalesce(new.id, old.id), 'status', new.status, 'progress', new.progress, 'playable', new.playable,
    'failureCode', new.failure_code, 'generation', new.generation, 'visibility', new.visibility,
    'deleted', new.id is null or new.deleted_at is not null)::text);
  return null`;

/** Something a user uploaded, and where it stands on its way. */
@Entity({ tableName: 'media' })
@Index({
  name: 'media_owner_page',
  expression: 'create index "media_owner_page" on "media" ("owner_id", "created_at" desc, "id" desc)',
})
@Index({
  name: 'media_org_page',
  expression:
    'create index "media_org_page" on "media" ("org_id", "created_at" desc, "id" desc) where "org_id" is not null',
})
@Index({
  name: 'media_page',
  expression: 'create index "media_page" on "media" ("created_at" desc, "id" desc)',
})
@Index({ name: 'media_tags', expression: 'create index "media_tags" on "media" using gin ("tags")' })
@Index({
  name: 'media_unfinished',
  expression: `create index "media_unfinished" on "media" ("updated_at") where "status" in ('pending', 'scanning', 'processing')`,
})
@Index({
  name: 'media_trash',
  expression: 'create index "media_trash" on "media" ("deleted_at") where "deleted_at" is not null',
})
@Index({
  name: 'media_sha256',
  expression: 'create index "media_sha256" on "media" ("sha256") where "sha256" is not null',
})
@Index({
  name: 'media_phash',
  expression: `create index "media_phash" on "media" using gin ((${bandsOf('"phash"')})) where "phash" is not null`,
})
@Check({
  name: 'media_status_known',
  expression: "status in ('pending', 'scanning', 'processing', 'ready', 'failed', 'quarantined')",
})
@Check({ name: 'media_visibility_known', expression: "visibility in ('private', 'org', 'public')" })
@Trigger({
  name: 'media_changed',
  timing: 'after',
  events: ['insert', 'update', 'delete'],
  forEach: 'row',
  body: notifyOfChange,
})
export class Media {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  ownerId!: string;

  @Property({ type: 'text', nullable: true })
  orgId!: string | null;

  @Property({ type: 'text' })
  filename!: string;

  /** As sniffed from the bytes. */
  @Property({ type: 'text' })
  contentType!: string;

  @Property({ type: 'text' })
  kind!: MediaKind;

  @Property({ type: new BigIntType('number') })
  sizeBytes!: number;

  /** Lower-case hex; null while the bytes are not hashed yet, or not there. */
  @Property({ type: 'text', nullable: true })
  sha256!: string | null;

  /** The bytes, which other media may share; null only while they are not there yet. */
  @ManyToOne(() => StoredOriginal, {
    fieldName: 'blob_id',
    deleteRule: 'no action',
    updateRule: 'no action',
    mapToPk: true,
    nullable: true,
    index: 'media_blob',
  })
  originalId!: string | null;

  @Property({ type: 'text' })
  status!: MediaStatus;

  /** Scanned and found clean: until then, and when infected, the bytes never leave the service. */
  @Property({ type: 'boolean', default: false })
  clean!: boolean & Opt;

  @Property({ type: 'text' })
  visibility!: Visibility;

  /** Pixels as displayed: orientation applied. */
  @Property({ type: 'integer', nullable: true })
  width!: number | null;

  @Property({ type: 'integer', nullable: true })
  height!: number | null;

  @Property({ type: 'integer', nullable: true })
  durationMs!: number | null;

  /** Technical facts found in the bytes. */
  @Property({ type: 'json', defaultRaw: "'{}'" })
  metadata!: Record<string, unknown> & Opt;

  @Property({ type: 'array', defaultRaw: "'{}'" })
  tags!: string[] & Opt;

  /** The client's own flat object. */
  @Property({ type: 'json', defaultRaw: "'{}'" })
  customMetadata!: Record<string, unknown> & Opt;

  /** Thumbhash, base64. */
  @Property({ type: 'text', nullable: true })
  placeholder!: string | null;

  /** Perceptual hash of an image, signed; null for what shows too little to be compared. */
  @Property({ type: new BigIntType('bigint'), nullable: true })
  phash!: bigint | null;

  @Property({ type: 'text', nullable: true })
  failureCode!: string | null;

  @Property({ type: 'text', nullable: true })
  failureDetail!: string | null;

  /** Percent of the processing that is done. */
  @Property({ type: 'smallint', default: 0 })
  progress!: number & Opt;

  /** A player can begin with it: all of it, or what there is so far. */
  @Property({ type: 'boolean', default: false })
  playable!: boolean & Opt;

  /** Counts the times the media was processed; part of job ids, so that a reprocess is a new job. */
  @Property({ type: 'integer', default: 1 })
  generation!: number & Opt;

  /** Counts the changes that a client can see; the entity tag. */
  @Property({ type: 'integer', default: 1 })
  version!: number & Opt;

  /** In milliseconds, as cursors are. */
  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  createdAt!: Date & Opt;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  updatedAt!: Date & Opt;

  /** When it went to the trash. */
  @Property({ type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;
}
