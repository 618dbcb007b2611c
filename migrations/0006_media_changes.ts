import { Migration } from '@mikro-orm/migrations';

/** Changes of media also tell generation and visibility, so that who follows them can be told apart from who may not. */
export class MediaChanges extends Migration {
  override up(): void {
    this.addSql(`
      create or replace function "media_media_changed_fn"() returns trigger as $$ begin perform pg_notify('media_changed', json_build_object(
    'id', coalesce(new.id, old.id), 'status', new.status, 'progress', new.progress,
    'failureCode', new.failure_code, 'generation', new.generation, 'visibility', new.visibility,
    'deleted', new.id is null or new.deleted_at is not null)::text);
  return null; end; $$ language plpgsql`);
  }

  override down(): void {
    this.addSql(`
      create or replace function "media_media_changed_fn"() returns trigger as $$ begin perform pg_notify('media_changed', json_build_object(
    'id', coalesce(new.id, old.id), 'status', new.status, 'progress', new.progress,
    'failureCode', new.failure_code, 'deleted', new.id is null or new.deleted_at is not null)::text);
  return null; end; $$ language plpgsql`);
  }
}
