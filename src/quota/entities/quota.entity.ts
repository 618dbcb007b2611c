import { BigIntType, type Opt, PrimaryKeyProp } from '@mikro-orm/core';
import { Check, Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

export type QuotaScope = 'user' | 'org';

/** What one user or organization may store and what it stores. */
@Entity({ tableName: 'quota' })
@Check({
  name: 'quota_not_negative',
  expression: 'used_bytes >= 0 and reserved_bytes >= 0 and media_count >= 0',
})
export class Quota {
  [PrimaryKeyProp]?: ['scope', 'subjectId'];

  @PrimaryKey({ type: 'text' })
  scope!: QuotaScope;

  @PrimaryKey({ type: 'text' })
  subjectId!: string;

  /** Null: the configured default. */
  @Property({ type: new BigIntType('number'), nullable: true })
  limitBytes!: number | null;

  /** Logical size of all media, the trash included. */
  @Property({ type: new BigIntType('number'), default: 0 })
  usedBytes!: number & Opt;

  /** Claimed by uploads under way. */
  @Property({ type: new BigIntType('number'), default: 0 })
  reservedBytes!: number & Opt;

  @Property({ type: 'integer', default: 0 })
  mediaCount!: number & Opt;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  updatedAt!: Date & Opt;
}
