import { Migration } from '@mikro-orm/migrations';

/** Where in a video its poster is to be taken, and of what a media is made by an edit. */
export class VideoExtras extends Migration {
  override up(): void {
    this.addSql('alter table "media" add column "poster_ms" int null, add column "edit_plan" jsonb null');
  }

  override down(): void {
    this.addSql('alter table "media" drop column "poster_ms", drop column "edit_plan"');
  }
}
