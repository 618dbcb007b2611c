import { Migration } from '@mikro-orm/migrations';

/** Uploads that take more than one request, and their parts. */
export class Uploads extends Migration {
  override up(): void {
    this.addSql(`
      create table "upload" (
        "id" uuid not null,
        "protocol" text not null,
        "state" text not null default 'open',
        "owner_id" text not null,
        "org_id" text null,
        "filename" text null,
        "declared_type" text null,
        "visibility" text not null,
        "tags" text[] not null default '{}',
        "custom_metadata" jsonb not null default '{}',
        "expected_sha256" text null,
        "size_bytes" bigint null,
        "part_size_bytes" bigint null,
        "offset_bytes" bigint not null default '0',
        "assembly" text not null,
        "tus_metadata" text null,
        "tus_concat" text null,
        "source_url" text null,
        "direct" text null,
        "completed_with" text null,
        "failure_code" text null,
        "failure_detail" text null,
        "lease_token" bigint not null default '0',
        "lease_until" timestamptz null,
        "lease_wanted" boolean not null default false,
        "expires_at" timestamptz not null,
        "created_at" timestamptz not null default now(),
        primary key ("id")
      )`);
    this.addSql(`
      create index "upload_expires" on "upload" ("expires_at")`);
    this.addSql(`
      create index "upload_owner" on "upload" ("owner_id", "state")`);
    this.addSql(`
      alter table "upload" add constraint "upload_offset_within_size" check (offset_bytes >= 0 and (size_bytes is null or offset_bytes <= size_bytes))`);
    this.addSql(`
      alter table "upload" add constraint "upload_state_known" check (state in ('open', 'finishing', 'committed', 'refused'))`);
    this.addSql(`
      alter table "upload" add constraint "upload_protocol_known" check (protocol in ('tus', 'multipart', 'import'))`);
    this.addSql(`
      alter table "upload" add constraint "upload_direct_known" check (direct in ('parts', 'object'))`);
    this.addSql(`
      create or replace function "upload_upload_changed_fn"() returns trigger as $$ begin if tg_op = 'UPDATE' and row(old.offset_bytes, old.size_bytes, old.state, old.lease_wanted, old.lease_until is null)
    is not distinct from row(new.offset_bytes, new.size_bytes, new.state, new.lease_wanted, new.lease_until is null)
  then return null; end if;
  perform pg_notify('upload_changed', json_build_object(
    'id', coalesce(new.id, old.id), 'offset', new.offset_bytes, 'size', new.size_bytes, 'state', new.state,
    'failureCode', new.failure_code, 'leaseWanted', coalesce(new.lease_wanted, false),
    'leaseFree', new.lease_until is null, 'leaseToken', new.lease_token, 'deleted', new.id is null)::text);
  return null; end; $$ language plpgsql`);
    this.addSql(`
      create trigger "upload_changed" AFTER INSERT OR UPDATE OR DELETE on "upload" for each ROW execute function "upload_upload_changed_fn"()`);
    this.addSql(`
      create table "upload_part" (
        "upload_id" uuid not null,
        "number" int not null,
        "size_bytes" bigint not null default '0',
        "receipt" text null,
        "etag" text null,
        "stored_at" timestamptz not null default now(),
        primary key ("upload_id", "number")
      )`);
    this.addSql(`
      alter table "upload_part" add constraint "upload_part_upload_id_foreign" foreign key ("upload_id") references "upload" ("id") on delete cascade`);
  }

  override down(): void {
    for (const table of ['upload_part', 'upload']) this.addSql(`drop table "${table}"`);
    this.addSql('drop function "upload_upload_changed_fn"');
  }
}
