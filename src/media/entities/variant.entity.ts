import { BigIntType, type Opt } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Media } from './media.entity.js';

export const variantKinds = [
  'thumbnail',
  'optimized',
  'transform',
  'hls',
  'rendition',
  'mp4',
  'captions',
] as const;
export type VariantKind = (typeof variantKinds)[number];

/** Something made from an original, which can always be made again, or brought by a client to go with it. */
@Entity({ tableName: 'variant' })
@Unique({ name: 'variant_name', properties: ['media', 'name'] })
export class Variant {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne(() => Media, { deleteRule: 'cascade', mapToPk: true })
  media!: string;

  @Property({ type: 'text' })
  kind!: VariantKind;

  /** What it is called within its media: `thumbnail-small`, `hls`, a transform's hash. */
  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  contentType!: string;

  @Property({ type: 'integer', nullable: true })
  width!: number | null;

  @Property({ type: 'integer', nullable: true })
  height!: number | null;

  /** Bits per second. */
  @Property({ type: 'integer', nullable: true })
  bitrate!: number | null;

  @Property({ type: new BigIntType('number') })
  sizeBytes!: number;

  /** Key of the object; for `hls`, the prefix under which the playlists and segments are. */
  @Property({ type: 'text' })
  storageKey!: string;

  /** BCP 47, canonical; of captions. */
  @Property({ type: 'text', nullable: true })
  language?: string | null;

  /** For people; of captions. */
  @Property({ type: 'text', nullable: true })
  label?: string | null;

  /** A client brought it: it can't be made again, and stays when the media is processed anew. */
  @Property({ type: 'boolean', default: false })
  uploaded: boolean & Opt = false;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;
}
