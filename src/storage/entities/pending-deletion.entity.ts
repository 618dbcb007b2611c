import type { Opt } from '@mikro-orm/core';
import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/**
 * A key prefix whose objects are to be deleted when they are due, unless whoever writes there claims
 * them first. Written before the first byte, it is what makes bytes without a row impossible.
 */
@Entity({ tableName: 'pending_deletion' })
export class PendingDeletion {
  @PrimaryKey({ type: 'text' })
  prefix!: string;

  @Index()
  @Property({ type: 'timestamptz' })
  dueAt!: Date;

  /** Set while a sweeper deletes; from then on nobody can keep the objects. */
  @Property({ type: 'timestamptz', nullable: true })
  sweepingAt!: Date | null;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;
}
