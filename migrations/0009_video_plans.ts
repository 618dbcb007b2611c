import { Migration } from '@mikro-orm/migrations';

/** Plans of videos and what is stored of them, so that many workers make one video, and it plays meanwhile. */
export class VideoPlans extends Migration {
  override up(): void {
    this.addSql('alter table "media" add column "playable" boolean not null default false');
    this.addSql(`
      update "media" set "playable" = true
       where exists (select from "variant" where "media_id" = "media"."id" and "kind" = 'hls')`);
    this.addSql(`
      create table "video_plan" (
        "id" uuid not null,
        "media_id" uuid not null,
        "generation" int not null,
        "state" text not null default 'encoding',
        "plan" jsonb not null,
        "pictures" jsonb null,
        "created_at" timestamptz not null default now(),
        primary key ("id")
      )`);
    this.addSql(`
      alter table "video_plan" add constraint "video_plan_state_known" check (state in ('encoding', 'complete', 'retired'))`);
    this.addSql(`
      alter table "video_plan" add constraint "video_plan_run" unique ("media_id", "generation")`);
    this.addSql(`
      create table "video_run" (
        "plan_id" uuid not null,
        "track" text not null,
        "first_segment" int not null,
        "prefix" text not null,
        "renditions" jsonb not null,
        "size_bytes" bigint not null,
        "segments" int not null,
        "frames" int not null,
        "last" boolean not null,
        "damaged" boolean not null,
        "created_at" timestamptz not null default now(),
        primary key ("plan_id", "track", "first_segment")
      )`);
    this.addSql('create index "video_run_prefix" on "video_run" ("prefix")');
    this.addSql(`
      alter table "video_plan" add constraint "video_plan_media_id_foreign" foreign key ("media_id") references "media" ("id") on delete cascade`);
    this.addSql(`
      alter table "video_run" add constraint "video_run_plan_id_foreign" foreign key ("plan_id") references "video_plan" ("id") on delete cascade`);
    this.addSql(`
      create or replace function "media_media_changed_fn"() returns trigger as $$ begin perform pg_notify('media_changed', json_build_object(
    'id', coalesce(new.id, old.id), 'status', new.status, 'progress', new.progress, 'playable', new.playable,
    'failureCode', new.failure_code, 'generation', new.generation, 'visibility', new.visibility,
    'deleted', new.id is null or new.deleted_at is not null)::text);
  return null; end; $$ language plpgsql`);
  }

  override down(): void {
    this.addSql(`
      create or replace function "media_media_changed_fn"() returns trigger as $$ begin perform pg_notify('media_changed', json_build_object(
    'id', coalesce(new.id, old.id), 'status', new.status, 'progress', new.progress,
    'failureCode', new.failure_code, 'generation', new.generation, 'visibility', new.visibility,
    'deleted', new.id is null or new.deleted_at is not null)::text);
  return null; end; $$ language plpgsql`);
    this.addSql('drop table "video_run"');
    this.addSql('drop table "video_plan"');
    this.addSql('alter table "media" drop column "playable"');
  }
}
