import { type Opt, PrimaryKeyProp } from '@mikro-orm/core';
import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Answer } from '../answer.js';

/** One use of an Idempotency-Key: a request that runs, or the answer that it was given. */
@Entity({ tableName: 'idempotency_key' })
@Check({
  name: 'idempotency_key_answer_has_fingerprint',
  expression: 'answer is null or fingerprint is not null',
})
export class IdempotencyRecord {
  [PrimaryKeyProp]?: ['userId', 'key'];

  @PrimaryKey({ type: 'text' })
  userId!: string;

  @PrimaryKey({ type: 'text' })
  key!: string;

  /** Of the request; null until its body is read, where that tells it. */
  @Property({ type: 'text', nullable: true })
  fingerprint!: string | null;

  /** The id for what the request creates, the same in every attempt. */
  @Property({ type: 'uuid' })
  resourceId!: string;

  /** Ids of what was created under an id of its own, by position in the request. */
  @Property({ type: 'json', defaultRaw: "'{}'" })
  created!: Record<string, string> & Opt;

  /** Of the attempt that may go on; every takeover gives a new one, so that the attempt before it can do no more. */
  @Property({ type: 'uuid' })
  claimId!: string;

  /** The attempt is taken for dead after this; past for one that has ended. */
  @Property({ type: 'timestamptz' })
  leaseUntil!: Date;

  /** Of type json and not jsonb: that would change the order of fields, and takes no U+0000. */
  @Property({ columnType: 'json', nullable: true })
  answer!: Answer | null;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;

  @Index()
  @Property({ type: 'timestamptz' })
  expiresAt!: Date;
}
