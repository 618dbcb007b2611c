import { Migration } from '@mikro-orm/migrations';

/** Requests that may be sent twice: the keys that clients give them, and the answers they got. */
export class Idempotency extends Migration {
  override up(): void {
    this.addSql(`
      create table "idempotency_key" (
        "user_id" text not null,
        "key" text not null,
        "fingerprint" text null,
        "resource_id" uuid not null,
        "created" jsonb not null default '{}',
        "claim_id" uuid not null,
        "lease_until" timestamptz not null,
        "answer" json null,
        "created_at" timestamptz not null default now(),
        "expires_at" timestamptz not null,
        primary key ("user_id", "key")
      )`);
    this.addSql(`
      create index "idempotency_key_expires_at_index" on "idempotency_key" ("expires_at")`);
    this.addSql(`
      alter table "idempotency_key" add constraint "idempotency_key_answer_has_fingerprint" check (answer is null or fingerprint is not null)`);
  }

  override down(): void {
    this.addSql('drop table "idempotency_key"');
  }
}
