import { Migration } from '@mikro-orm/migrations';

/** What the keys of an encrypted stream follow from. */
export class StreamSecrets extends Migration {
  override up(): void {
    this.addSql('alter table "video_plan" add column "secret" bytea null');
  }

  override down(): void {
    this.addSql('alter table "video_plan" drop column "secret"');
  }
}
