import type { Opt } from '@mikro-orm/core';
import { Check, Entity, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Media, type NewVariant } from '../../../media/index.js';
import type { Look } from '../../image/index.js';
import type { VideoPlan } from '../video-plan.js';

const planStates = ['encoding', 'complete', 'retired'] as const;

/** Pictures of a video as they are stored, before they are its variants. */
export interface StoredPictures {
  /** Key prefix of the attempt that stored them. */
  prefix: string;
  placeholder: string | null;
  /** Of the poster. */
  look: Look;
  variants: NewVariant[];
}

/** One processing run of a video, decided before its first frame is encoded. */
@Entity({ tableName: 'video_plan' })
@Check({ name: 'video_plan_state_known', expression: "state in ('encoding', 'complete', 'retired')" })
@Unique({ name: 'video_plan_run', properties: ['media', 'generation'] })
export class StoredPlan {
  /** Also names the prefix under which all its objects lie. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne(() => Media, { deleteRule: 'cascade', mapToPk: true })
  media!: string;

  /** Of the media, whose run this is. */
  @Property({ type: 'integer' })
  generation!: number;

  /** `retired`: another run has taken its place; its objects stay for those who are still playing. */
  @Property({ type: 'text', default: 'encoding' })
  state!: (typeof planStates)[number] & Opt;

  @Property({ type: 'json' })
  plan!: VideoPlan;

  /**
   * What the keys of the stream follow from; null for one that is not encrypted. It goes with the row: whatever
   * copy of a segment is left somewhere can't be read any more.
   */
  @Property({ type: 'blob', nullable: true })
  secret!: Buffer | null;

  /** Poster and thumbnails; null while they are not made. */
  @Property({ type: 'json', nullable: true })
  pictures!: StoredPictures | null;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;
}
