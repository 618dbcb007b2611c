import { BigIntType, type Opt } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { EncodedRun } from '../stored-run.js';
import { StoredPlan } from './video-plan.entity.js';

/** Consecutive segments that an attempt has stored; see `StoredRun`. It never changes. */
@Entity({ tableName: 'video_run' })
@Index({ name: 'video_run_prefix', properties: ['prefix'] })
export class VideoRun {
  @ManyToOne(() => StoredPlan, { fieldName: 'plan_id', deleteRule: 'cascade', mapToPk: true, primary: true })
  plan!: string;

  @PrimaryKey({ type: 'text' })
  track!: string;

  @PrimaryKey({ type: 'integer' })
  firstSegment!: number;

  /** Key prefix of the attempt, its own. */
  @Property({ type: 'text' })
  prefix!: string;

  @Property({ type: 'json' })
  renditions!: Record<string, EncodedRun>;

  /** All objects under the prefix. */
  @Property({ type: new BigIntType('number') })
  sizeBytes!: number;

  /** Of each rendition. */
  @Property({ type: 'integer' })
  segments!: number;

  /** Of pictures; 0 of sound. */
  @Property({ type: 'integer' })
  frames!: number;

  @Property({ type: 'boolean' })
  last!: boolean;

  @Property({ type: 'boolean' })
  damaged!: boolean;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;
}
