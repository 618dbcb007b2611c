import type { Opt } from '@mikro-orm/core';
import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Finding } from '../reconciliation/finding.js';

export const reconciliationStates = ['running', 'done', 'failed'] as const;
export type ReconciliationState = (typeof reconciliationStates)[number];

/** One check of database, store, quota and queue against each other, and what it found. */
@Entity({ tableName: 'reconciliation' })
@Index({
  name: 'reconciliation_running',
  expression: `create unique index "reconciliation_running" on "reconciliation" ("state") where "state" = 'running'`,
})
@Check({ name: 'reconciliation_state_known', expression: "state in ('running', 'done', 'failed')" })
export class Reconciliation {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text', default: 'running' })
  state!: ReconciliationState & Opt;

  @Property({ type: 'boolean' })
  dryRun!: boolean;

  /** Of the attempt that writes here: one that another has taken over from writes no more. */
  @Property({ type: 'uuid', nullable: true })
  attempt!: string | null;

  /** How much was looked at. */
  @Property({ type: 'json', defaultRaw: "'{}'" })
  counts!: Record<string, number> & Opt;

  /** How often each kind was found, exactly. */
  @Property({ type: 'json', defaultRaw: "'{}'" })
  findingCounts!: Record<string, number> & Opt;

  /** The first ones. */
  @Property({ type: 'json', defaultRaw: "'[]'" })
  findings!: Finding[] & Opt;

  /** What could not be looked at. */
  @Property({ type: 'json', defaultRaw: "'[]'" })
  notes!: string[] & Opt;

  @Property({ type: 'text', nullable: true })
  failureCode!: string | null;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  updatedAt!: Date & Opt;

  @Property({ type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}
