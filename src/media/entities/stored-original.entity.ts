import { BigIntType, type Opt } from '@mikro-orm/core';
import { Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';

/**
 * The bytes of an upload as they are stored, once for all media of a space that have the same. Media refer to
 * it by a foreign key; it goes with the last of them.
 */
@Entity({ tableName: 'blob' })
@Index({
  name: 'blob_content',
  expression: 'create unique index "blob_content" on "blob" ("space", "sha256") where "sha256" is not null',
})
export class StoredOriginal {
  /** Of the upload that brought the bytes, or of the attempt that fetched them. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** Within which it may be shared, never across: see `spaceOf`. */
  @Property({ type: 'text' })
  space!: string;

  /** Lower-case hex; null while nobody has hashed the bytes: then they are one media's alone. */
  @Property({ type: 'text', nullable: true })
  sha256!: string | null;

  /** What the client says that the hash must be, until the bytes are hashed. */
  @Property({ type: 'text', nullable: true })
  expectedSha256!: string | null;

  @Property({ type: new BigIntType('number') })
  sizeBytes!: number;

  @Unique({ name: 'blob_storage_key' })
  @Property({ type: 'text' })
  storageKey!: string;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;
}
