import { Migration } from '@mikro-orm/migrations';

const spaceOfMedia = `case when "org_id" is null then 'user:' || "owner_id" else 'org:' || "org_id" end`;
/** Where the bytes of a media were before originals had rows of their own. */
const formerKey = (id: string) => `'media/' || right(${id}::text, 2) || '/' || ${id} || '/original'`;

/**
 * Originals get rows of their own, which media of a space share. Those that are there stay where they are;
 * of several with the same bytes the first alone can be shared from now on. Images get a perceptual hash when
 * they are processed the next time.
 */
export class SharedOriginals extends Migration {
  override up(): void {
    this.addSql(`
      create table "blob" (
        "id" uuid not null,
        "space" text not null,
        "sha256" text null,
        "expected_sha256" text null,
        "size_bytes" bigint not null,
        "storage_key" text not null,
        "created_at" timestamptz not null default now(),
        primary key ("id")
      )`);
    this.addSql(`
      insert into "blob" ("id", "space", "sha256", "size_bytes", "storage_key", "created_at")
      select "id", ${spaceOfMedia},
             case when row_number() over (partition by ${spaceOfMedia}, "sha256" order by "id") = 1 then "sha256" end,
             "size_bytes", ${formerKey('"id"')}, "created_at"
        from "media"`);
    this.addSql(`
      create unique index "blob_content" on "blob" ("space", "sha256") where "sha256" is not null`);
    this.addSql(`
      alter table "blob" add constraint "blob_storage_key" unique ("storage_key")`);
    this.addSql(`
      alter table "media" add column "blob_id" uuid null`);
    // Nothing changes for a client: nobody is to be told, least of all of every media at once.
    this.addSql('alter table "media" disable trigger "media_changed"');
    this.addSql('update "media" set "blob_id" = "id"');
    this.addSql('alter table "media" enable trigger "media_changed"');
    this.addSql('alter table "media" alter column "sha256" drop not null');
    this.addSql('alter table "media" add column "phash" bigint null');
    this.addSql(`
      create index "media_sha256" on "media" ("sha256") where "sha256" is not null`);
    this.addSql(`
      create index "media_phash" on "media" using gin ((array[
        ((("phash" >> 48) & 65535) | 0)::int,
        ((("phash" >> 32) & 65535) | 65536)::int,
        ((("phash" >> 16) & 65535) | 131072)::int,
        ((("phash" >> 0) & 65535) | 196608)::int])) where "phash" is not null`);
    this.addSql(`
      create index "media_blob" on "media" ("blob_id")`);
    this.addSql(`
      alter table "media" add constraint "media_blob_id_foreign" foreign key ("blob_id") references "blob" ("id")`);
  }

  /** Refuses once there is a media whose bytes are not where the version before would look for them. */
  override down(): void {
    this.addSql(`
      do $$ begin
        if exists (select from "media" left join "blob" on "blob"."id" = "media"."blob_id"
                    where "media"."sha256" is null or "blob"."storage_key" is distinct from ${formerKey('"media"."id"')})
        then raise exception 'media were stored since this migration: an older version would not find their bytes';
        end if;
      end $$`);
    this.addSql('drop index "media_sha256"');
    this.addSql('alter table "media" drop column "phash", drop column "blob_id"');
    this.addSql('alter table "media" alter column "sha256" set not null');
    this.addSql('drop table "blob"');
  }
}
