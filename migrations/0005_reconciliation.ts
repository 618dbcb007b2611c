import { Migration } from '@mikro-orm/migrations';

/** Reports of checks of database, store, quota and queue against each other; at most one runs. */
export class Reconciliation extends Migration {
  override up(): void {
    this.addSql(`
      create table "reconciliation" (
        "id" uuid not null,
        "state" text not null default 'running',
        "dry_run" boolean not null,
        "attempt" uuid null,
        "counts" jsonb not null default '{}',
        "finding_counts" jsonb not null default '{}',
        "findings" jsonb not null default '[]',
        "notes" jsonb not null default '[]',
        "failure_code" text null,
        "created_at" timestamptz not null default now(),
        "updated_at" timestamptz not null default now(),
        "finished_at" timestamptz null,
        primary key ("id")
      )`);
    this.addSql(`
      create unique index "reconciliation_running" on "reconciliation" ("state") where "state" = 'running'`);
    this.addSql(`
      alter table "reconciliation" add constraint "reconciliation_state_known" check (state in ('running', 'done', 'failed'))`);
  }

  override down(): void {
    this.addSql('drop table "reconciliation"');
  }
}
