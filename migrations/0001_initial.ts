import { Migration } from '@mikro-orm/migrations';

/** The first schema: media and their variants, quota, bytes to be deleted, jobs to be queued. */
export class Initial extends Migration {
  override up(): void {
    this.addSql(`
      create table "media" (
        "id" uuid not null,
        "owner_id" text not null,
        "org_id" text null,
        "filename" text not null,
        "content_type" text not null,
        "kind" text not null,
        "size_bytes" bigint not null,
        "sha256" text not null,
        "status" text not null,
        "clean" boolean not null default false,
        "visibility" text not null,
        "width" int null,
        "height" int null,
        "duration_ms" int null,
        "metadata" jsonb not null default '{}',
        "tags" text[] not null default '{}',
        "custom_metadata" jsonb not null default '{}',
        "placeholder" text null,
        "failure_code" text null,
        "failure_detail" text null,
        "progress" smallint not null default 0,
        "generation" int not null default 1,
        "version" int not null default 1,
        "created_at" timestamptz(3) not null default now(),
        "updated_at" timestamptz not null default now(),
        "deleted_at" timestamptz null,
        primary key ("id")
      )`);
    this.addSql(`
      create index "media_trash" on "media" ("deleted_at") where "deleted_at" is not null`);
    this.addSql(`
      create index "media_unfinished" on "media" ("updated_at") where "status" in ('pending', 'scanning', 'processing')`);
    this.addSql(`
      create index "media_tags" on "media" using gin ("tags")`);
    this.addSql(`
      create index "media_page" on "media" ("created_at" desc, "id" desc)`);
    this.addSql(`
      create index "media_org_page" on "media" ("org_id", "created_at" desc, "id" desc) where "org_id" is not null`);
    this.addSql(`
      create index "media_owner_page" on "media" ("owner_id", "created_at" desc, "id" desc)`);
    this.addSql(`
      alter table "media" add constraint "media_visibility_known" check (visibility in ('private', 'org', 'public'))`);
    this.addSql(`
      alter table "media" add constraint "media_status_known" check (status in ('pending', 'scanning', 'processing', 'ready', 'failed', 'quarantined'))`);
    this.addSql(`
      create or replace function "media_media_changed_fn"() returns trigger as $$ begin perform pg_notify('media_changed', json_build_object(
    'id', coalesce(new.id, old.id), 'status', new.status, 'progress', new.progress,
    'failureCode', new.failure_code, 'deleted', new.id is null or new.deleted_at is not null)::text);   return null; end; $$ language plpgsql`);
    this.addSql(`
      create trigger "media_changed" AFTER INSERT OR UPDATE OR DELETE on "media" for each ROW execute function "media_media_changed_fn"()`);
    this.addSql(`
      create table "outbox" (
        "id" uuid not null,
        "job" text not null,
        "job_id" text not null,
        "payload" jsonb not null,
        "created_at" timestamptz not null default now(),
        primary key ("id")
      )`);
    this.addSql(`
      create table "pending_deletion" (
        "prefix" text not null,
        "due_at" timestamptz not null,
        "sweeping_at" timestamptz null,
        "created_at" timestamptz not null default now(),
        primary key ("prefix")
      )`);
    this.addSql(`
      create index "pending_deletion_due_at_index" on "pending_deletion" ("due_at")`);
    this.addSql(`
      create table "quota" (
        "scope" text not null,
        "subject_id" text not null,
        "limit_bytes" bigint null,
        "used_bytes" bigint not null default '0',
        "reserved_bytes" bigint not null default '0',
        "media_count" int not null default 0,
        "updated_at" timestamptz not null default now(),
        primary key ("scope", "subject_id")
      )`);
    this.addSql(`
      alter table "quota" add constraint "quota_not_negative" check (used_bytes >= 0 and reserved_bytes >= 0 and media_count >= 0)`);
    this.addSql(`
      create table "quota_reservation" (
        "id" uuid not null,
        "user_id" text not null,
        "org_id" text null,
        "bytes" bigint not null,
        "expires_at" timestamptz not null,
        "created_at" timestamptz not null default now(),
        primary key ("id")
      )`);
    this.addSql(`
      create index "quota_reservation_expires_at_index" on "quota_reservation" ("expires_at")`);
    this.addSql(`
      alter table "quota_reservation" add constraint "quota_reservation_not_negative" check (bytes >= 0)`);
    this.addSql(`
      create table "variant" (
        "id" uuid not null,
        "media_id" uuid not null,
        "kind" text not null,
        "name" text not null,
        "content_type" text not null,
        "width" int null,
        "height" int null,
        "bitrate" int null,
        "size_bytes" bigint not null,
        "storage_key" text not null,
        "created_at" timestamptz not null default now(),
        primary key ("id")
      )`);
    this.addSql(`
      alter table "variant" add constraint "variant_name" unique ("media_id", "name")`);
    this.addSql(`
      alter table "variant" add constraint "variant_media_id_foreign" foreign key ("media_id") references "media" ("id") on delete cascade`);
  }

  override down(): void {
    for (const table of ['variant', 'quota_reservation', 'quota', 'pending_deletion', 'outbox', 'media']) {
      this.addSql(`drop table "${table}"`);
    }
    this.addSql('drop function "media_media_changed_fn"');
  }
}
