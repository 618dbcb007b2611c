import { BigIntType, type Opt } from '@mikro-orm/core';
import { Check, Entity, Index, PrimaryKey, Property, Trigger } from '@mikro-orm/decorators/legacy';
import type { Visibility } from '../../auth/index.js';

export type UploadProtocol = 'tus' | 'multipart' | 'import';

/**
 * `open` takes bytes, `finishing` has them all and is being made a media, `committed` is one, `refused`
 * had to be given up and says why. The last two only answer questions until they expire.
 */
export const uploadStates = ['open', 'finishing', 'committed', 'refused'] as const;
export type UploadState = (typeof uploadStates)[number];

/** Body of the trigger that tells every process of a change once it is committed; renewals of a lease are none. */
const notifyOfChange = `
  if tg_op = 'UPDATE' and row(old.offset_bytes, old.size_bytes, old.state, old.lease_wanted, old.lease_until is null)
    is not distinct from row(new.offset_bytes, new.size_bytes, new.state, new.lease_wanted, new.lease_until is null)
  then return null; end if;
  perform pg_notify('upload_changed', json_build_object(
    'id', coalesce(new.id, old.id), 'offset', new.offset_bytes, 'size', new.size_bytes, 'state', new.state,
    'failureCode', new.failure_code, 'leaseWanted', coalesce(new.lease_wanted, false),
    'leaseFree', new.lease_until is null, 'leaseToken', new.lease_token, 'deleted', new.id is null)::text);
  return null`;

/** An upload that takes more than one request; nothing that it acknowledged is kept anywhere else. */
@Entity({ tableName: 'upload' })
@Index({ name: 'upload_owner', properties: ['ownerId', 'state'] })
@Index({ name: 'upload_expires', properties: ['expiresAt'] })
@Check({ name: 'upload_protocol_known', expression: "protocol in ('tus', 'multipart', 'import')" })
@Check({
  name: 'upload_state_known',
  expression: "state in ('open', 'finishing', 'committed', 'refused')",
})
@Check({ name: 'upload_direct_known', expression: "direct in ('parts', 'object')" })
@Check({
  name: 'upload_offset_within_size',
  expression: 'offset_bytes >= 0 and (size_bytes is null or offset_bytes <= size_bytes)',
})
@Trigger({
  name: 'upload_changed',
  timing: 'after',
  events: ['insert', 'update', 'delete'],
  forEach: 'row',
  body: notifyOfChange,
})
export class Upload {
  /** Also of the reservation, and of the media that it becomes. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  protocol!: UploadProtocol;

  @Property({ type: 'text', default: 'open' })
  state!: UploadState & Opt;

  @Property({ type: 'text' })
  ownerId!: string;

  @Property({ type: 'text', nullable: true })
  orgId!: string | null;

  /** As the client sent it. */
  @Property({ type: 'text', nullable: true })
  filename!: string | null;

  @Property({ type: 'text', nullable: true })
  declaredType!: string | null;

  @Property({ type: 'text' })
  visibility!: Visibility;

  @Property({ type: 'array', defaultRaw: "'{}'" })
  tags!: string[] & Opt;

  @Property({ type: 'json', defaultRaw: "'{}'" })
  customMetadata!: Record<string, unknown> & Opt;

  /** Lower-case hex, when the client gave it. */
  @Property({ type: 'text', nullable: true })
  expectedSha256!: string | null;

  /** Null while the length is deferred. */
  @Property({ type: new BigIntType('number'), nullable: true })
  sizeBytes!: number | null;

  /** Of a multipart session: what every part but the last has. */
  @Property({ type: new BigIntType('number'), nullable: true })
  partSizeBytes!: number | null;

  /**
   * Bytes that are durable: of tus the contiguous prefix, else the sum of the parts. Never goes down for tus.
   * Of an import what the present attempt has received.
   */
  @Property({ type: new BigIntType('number'), default: 0 })
  offsetBytes!: number & Opt;

  /** The store's own name for the object that is put together. */
  @Property({ type: 'text' })
  assembly!: string;

  /** Upload-Metadata as it was sent. */
  @Property({ type: 'text', nullable: true })
  tusMetadata!: string | null;

  /** Upload-Concat as it was sent. */
  @Property({ type: 'text', nullable: true })
  tusConcat!: string | null;

  /** Where an import fetches its bytes, until it has them: the query may be a secret. */
  @Property({ type: 'text', nullable: true })
  sourceUrl!: string | null;

  /** URLs were signed by which clients put parts, or the whole, straight to the store: rows do not tell of these. */
  @Property({ type: 'text', nullable: true })
  direct!: 'parts' | 'object' | null;

  /** What the completed session was completed with: another list is refused. */
  @Property({ type: 'text', nullable: true })
  completedWith!: string | null;

  @Property({ type: 'text', nullable: true })
  failureCode!: string | null;

  @Property({ type: 'text', nullable: true })
  failureDetail!: string | null;

  /** Fencing token: every writer has a higher one than those before it, and only the highest may write rows. */
  @Property({ type: new BigIntType('number'), default: 0 })
  leaseToken!: number & Opt;

  /** Until when the holder of the token may write; null when it let go in an orderly way. */
  @Property({ type: 'timestamptz', nullable: true })
  leaseUntil!: Date | null;

  /** Another request waits: the holder is to let go. */
  @Property({ type: 'boolean', default: false })
  leaseWanted!: boolean & Opt;

  @Property({ type: 'timestamptz' })
  expiresAt!: Date;

  @Property({ type: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date & Opt;
}
