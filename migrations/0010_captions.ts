import { Migration } from '@mikro-orm/migrations';

/** Captions are variants with a language and a label; those that a client brought outlive a reprocessing. */
export class Captions extends Migration {
  override up(): void {
    this.addSql(
      `alter table "variant" add "language" text null, add "label" text null, add "uploaded" boolean not null default false`,
    );
  }

  override down(): void {
    this.addSql(`alter table "variant" drop column "language", drop column "label", drop column "uploaded"`);
  }
}
