import { Migration } from '@mikro-orm/migrations';

/** Tags that the analysis of a picture suggests, apart from the user's own and searched together with them. */
export class ImageUnderstanding extends Migration {
  override up(): void {
    this.addSql(`
      alter table "media" add column "auto_tags" text[] not null default '{}'`);
    this.addSql('drop index "media_tags"');
    this.addSql(`
      create index "media_tags" on "media" using gin (("tags" || "auto_tags"))`);
  }

  override down(): void {
    this.addSql('drop index "media_tags"');
    this.addSql('alter table "media" drop column "auto_tags"');
    this.addSql(`
      create index "media_tags" on "media" using gin ("tags")`);
  }
}
