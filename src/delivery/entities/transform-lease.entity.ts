import type { Opt } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** Which process makes a transform; see TransformLeases. The table is not logged: it is empty after a crash. */
@Entity({ tableName: 'transform_lease' })
export class TransformLeaseRow {
  @PrimaryKey({ type: 'uuid' })
  mediaId!: string;

  /** Hash of the transform. */
  @PrimaryKey({ type: 'text' })
  name!: string;

  /** Of the holder: who has lost the lease can not end that of its successor. */
  @Property({ type: 'uuid' })
  token!: string;

  /** Somebody waits, and is to be told of the end. */
  @Property({ type: 'boolean', default: false })
  wanted!: boolean & Opt;

  @Property({ type: 'timestamptz' })
  expiresAt!: Date;
}
