import { BigIntType, type Opt } from '@mikro-orm/core';
import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** Bytes claimed for one upload before its first byte; it ends in a commit, a release or an expiry. */
@Entity({ tableName: 'quota_reservation' })
@Check({ name: 'quota_reservation_not_negative', expression: 'bytes >= 0' })
export class QuotaReservation {
  /** The id of the media that the upload will become. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  userId!: string;

  @Property({ type: 'text', nullable: true })
  orgId!: string | null;

  @Property({ type: new BigIntType('number') })
  bytes!: number;

  @Index()
  @Property({ type: 'timestamptz' })
  expiresAt!: Date;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;
}
