import { BigIntType, type Opt, PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Upload } from './upload.entity.js';

/** A run of bytes of an upload. It is durable once it has a receipt. */
@Entity({ tableName: 'upload_part' })
export class UploadPart {
  [PrimaryKeyProp]?: ['upload', 'number'];

  @ManyToOne(() => Upload, { primary: true, deleteRule: 'cascade', mapToPk: true })
  upload!: string;

  @PrimaryKey({ type: 'integer' })
  number!: number;

  @Property({ type: new BigIntType('number'), default: 0 })
  sizeBytes!: number & Opt;

  /** The store's own; null while the first attempt is under way, or died. */
  @Property({ type: 'text', nullable: true })
  receipt!: string | null;

  /** What clients know the part by: SHA-256 in hex. */
  @Property({ type: 'text', nullable: true })
  etag!: string | null;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  storedAt!: Date & Opt;
}
