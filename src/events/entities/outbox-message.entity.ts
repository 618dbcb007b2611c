import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** A job that a committed transaction asked for and that is not in the queue yet. */
@Entity({ tableName: 'outbox' })
export class OutboxMessage {
  /** UUIDv7: the order of the ids is the order of the requests. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** Name of the job, as in the job registry. */
  @Property({ type: 'text' })
  job!: string;

  /** Deterministic, so that a message dispatched twice is one job. */
  @Property({ type: 'text' })
  jobId!: string;

  /** Ids only. */
  @Property({ type: 'json' })
  payload!: Record<string, string | number>;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date;
}
