import { Migration } from '@mikro-orm/migrations';

/**
 * Transforms know when they were last used, and whether they are still to be made smaller; one process of the
 * cluster at a time makes one; organizations have presets.
 */
export class ImageCache extends Migration {
  override up(): void {
    this.addSql(`
      alter table "variant" add column "last_used_at" timestamptz not null default now(),
                            add column "provisional" boolean not null default false`);
    this.addSql(`
      create index "variant_last_used" on "variant" ("last_used_at") where "kind" = 'transform'`);
    // Not logged: after a crash of the server nobody makes anything, and taking one waits for no disk.
    this.addSql(`
      create unlogged table "transform_lease" (
        "media_id" uuid not null,
        "name" text not null,
        "token" uuid not null,
        "wanted" boolean not null default false,
        "expires_at" timestamptz not null,
        primary key ("media_id", "name")
      )`);
    this.addSql(`
      create table "preset" (
        "id" uuid not null,
        "space" text not null,
        "name" text not null,
        "params" jsonb not null,
        "eager" boolean not null default false,
        "version" int not null default 1,
        "created_at" timestamptz not null default now(),
        "updated_at" timestamptz not null default now(),
        primary key ("id")
      )`);
    this.addSql(`
      alter table "preset" add constraint "preset_name" unique ("space", "name")`);
  }

  override down(): void {
    this.addSql('drop table "preset"');
    this.addSql('drop table "transform_lease"');
    this.addSql('drop index "variant_last_used"');
    this.addSql('alter table "variant" drop column "last_used_at", drop column "provisional"');
  }
}
