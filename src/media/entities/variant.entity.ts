import { BigIntType, type Opt } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Media } from './media.entity.js';

export const variantKinds = [
  'master',
  'thumbnail',
  'optimized',
  'transform',
  'hls',
  'rendition',
  'mp4',
  'storyboard',
  'preview',
  'audio',
  'waveform',
  'captions',
] as const;
export type VariantKind = (typeof variantKinds)[number];

/** Something made from an original, which can always be made again, or brought by a client to go with it. */
@Entity({ tableName: 'variant' })
@Index({
  name: 'variant_last_used',
  expression: `create index "variant_last_used" on "variant" ("last_used_at") where "kind" = 'transform'`,
})
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

  /** Key of the object; for `hls` and `storyboard`, the prefix under which their files are. */
  @Property({ type: 'text' })
  storageKey!: string;

  /** A transform that was made while a client waited: it can still be made smaller. */
  @Property({ type: 'boolean', default: false })
  provisional!: boolean & Opt;
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

  /** Of transforms, to within some minutes: those that nobody uses go first. */
  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  lastUsedAt!: Date & Opt;
}
