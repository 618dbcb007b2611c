import type { Opt } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';

/** A named transform of an organization, or of a user who is in none. */
@Entity({ tableName: 'preset' })
@Unique({ name: 'preset_name', properties: ['space', 'name'] })
export class Preset {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** Whose media it is for: see `spaceOf`. */
  @Property({ type: 'text' })
  space!: string;

  @Property({ type: 'text' })
  name!: string;

  /** Checked when they were set; a version with other rules may refuse them. */
  @Property({ type: 'json' })
  params!: Record<string, unknown>;

  /** Made as soon as an image arrives. */
  @Property({ type: 'boolean', default: false })
  eager!: boolean & Opt;

  /** Counts the changes; the entity tag. */
  @Property({ type: 'integer', default: 1 })
  version!: number & Opt;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  updatedAt!: Date & Opt;
}
