import type { Readable } from 'node:stream';

/** What a put has stored. */
export interface StoredObject {
  key: string;
  sizeBytes: number;
}

/** A stored object as its driver knows it. */
export interface ObjectHead extends StoredObject {
  /** By the clock of the store; whole seconds on S3. */
  lastModified: Date;
}

/** Inclusive byte positions, as in RFC 9110 section 14.1.2. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A put, or an object that is put together of pieces, which was begun and has not ended. */
export interface UnfinishedObject {
  key: string;
  /** The store's own name for it. */
  handle: string;
}

export interface PutOptions {
  contentType?: string;
  /** Ends the put; nothing of it stays visible. */
  signal?: AbortSignal;
  /** Can be made again: a crash of the whole machine may take the object away, never a part of it. */
  recreatable?: boolean;
}

export interface PresignGetOptions {
  expiresInSeconds: number;
  contentType?: string;
  contentDisposition?: string;
}

export interface PresignManyOptions {
  /** From which on they hold, at most a week ago; whole seconds count. URLs of the same moment are equal. */
  signedAt: Date;
  /** After that; at most a week. */
  expiresInSeconds: number;
}

export interface PresignPutOptions {
  expiresInSeconds: number;
  contentType?: string;
  sizeBytes?: number;
}

/**
 * Where bytes live. Keys are opaque, slash-separated and made by the service alone; see `assertKey` for
 * their form. No key is a directory of another one (`a` and `a/b`).
 * An object is either absent or whole: readers never see one half-written, also after kill -9.
 *
 * Every method may throw STORAGE_UNAVAILABLE (try again later), and INVALID_STORAGE_KEY.
 */
export abstract class ObjectStore {
  /** True when `presignGet` and `presignPut` work. */
  abstract readonly canPresign: boolean;

  /**
   * Stores a stream of unknown length under `key`, replacing what was there. When it resolves, the
   * bytes are durable. When the source fails or the signal aborts it rejects, with the source's error or
   * the signal's reason, and the key is as before. An abort after the last byte may come too late: then it
   * resolves. The source is always used up or destroyed.
   * @throws STORAGE_FULL
   * @throws OBJECT_DISCARDED when `deletePrefix` or `sweepUnfinished` took the object away meanwhile
   */
  abstract put(key: string, source: Readable, options?: PutOptions): Promise<StoredObject>;

  /**
   * Opens an object, or the given range of it, for reading. An end beyond the last byte is the last byte.
   * The caller must read the stream to its end or destroy it, and handle its errors: a store that fails
   * on the way ends it with one, never as if it were whole. The S3 driver also ends it when nothing is
   * read for a minute.
   * @throws OBJECT_NOT_FOUND before a byte
   * @throws OBJECT_RANGE_INVALID when the range begins beyond the last byte or ends before it begins
   */
  abstract get(key: string, range?: ByteRange): Promise<Readable>;

  /**
   * Where a program on this machine can read the object as a file, for as long as it is not deleted; null where
   * objects are no files, or there is none.
   */
  abstract localPath(key: string): Promise<string | null>;

  /** What is known of an object, or null when there is none. */
  abstract head(key: string): Promise<ObjectHead | null>;

  /**
   * Server-side copy of any size, durable when it resolves.
   * @throws OBJECT_NOT_FOUND
   */
  abstract copy(from: string, to: string): Promise<void>;

  /**
   * Moves a finished object to its final key, replacing what is there. May be called again after a crash:
   * when `from` is gone and `to` is there it resolves.
   * @throws OBJECT_NOT_FOUND when neither is there
   */
  abstract promote(from: string, to: string): Promise<void>;

  /** Deletes one object; absent is fine. */
  abstract delete(key: string): Promise<void>;

  /**
   * Deletes all objects whose key starts with `prefix` (which ends in a slash and is not empty), and what
   * unfinished puts left there: a put that is still running fails. Returns how many objects there were.
   */
  abstract deletePrefix(prefix: string): Promise<number>;

  /** All objects whose key starts with `prefix` (which ends in a slash, or is empty), in no particular order. */
  abstract list(prefix: string): AsyncIterable<ObjectHead>;

  /**
   * Deletes what puts that died left behind: everything unfinished to which no byte was added for the
   * given time. It must be longer than any source may be silent. Returns how many.
   */
  abstract sweepUnfinished(olderThanMs: number): Promise<number>;

  /**
   * What was begun below a prefix (as of `list`) and neither ended nor given up, as far as it is not visible in
   * `list`; null where the store can't tell.
   */
  abstract listUnfinished(prefix: string): Promise<AsyncIterable<UnfinishedObject> | null>;

  /**
   * A URL that reads the object without credentials. The object need not exist.
   * @throws PRESIGN_UNAVAILABLE for drivers that have no such URLs
   */
  abstract presignGet(key: string, options: PresignGetOptions): Promise<string>;

  /**
   * URLs that read many objects, as `presignGet` makes one, in the order of the keys and for a fraction of the work.
   * @throws PRESIGN_UNAVAILABLE for drivers that have no such URLs
   */
  abstract presignGets(keys: readonly string[], options: PresignManyOptions): Promise<string[]>;

  /**
   * A URL that writes the object without credentials, any number of times until it expires. The request
   * must carry exactly the given Content-Type and Content-Length, where given.
   * @throws PRESIGN_UNAVAILABLE for drivers that have no such URLs
   */
  abstract presignPut(key: string, options: PresignPutOptions): Promise<string>;

  /** Resolves when the store can be written to and read from; rejects with the reason. Used by readiness. */
  abstract check(signal: AbortSignal): Promise<void>;
}
