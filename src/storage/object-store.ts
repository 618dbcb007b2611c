import type { Readable } from 'node:stream';

/** A stored object as its driver knows it. */
export interface ObjectHead {
  key: string;
  sizeBytes: number;
  lastModified: Date;
}

/** Inclusive byte positions, as in RFC 9110 section 14.1.2. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface PutOptions {
  contentType?: string;
  /** Ends the put; nothing of it stays visible. */
  signal?: AbortSignal;
}

export interface PresignGetOptions {
  expiresInSeconds: number;
  contentType?: string;
  contentDisposition?: string;
}

export interface PresignPutOptions {
  expiresInSeconds: number;
  contentType?: string;
  sizeBytes?: number;
}

/**
 * Where bytes live. Keys are opaque, slash-separated and made by the service alone.
 * An object is either absent or whole: readers never see one half-written, also after kill -9.
 */
export abstract class ObjectStore {
  /** True when `presignGet` and `presignPut` work. */
  abstract readonly canPresign: boolean;

  /**
   * Stores a stream of unknown length under `key`, replacing what was there. When it resolves, the
   * bytes are durable. When the source fails or the signal aborts it rejects, and the key is as before.
   */
  abstract put(key: string, source: Readable, options?: PutOptions): Promise<ObjectHead>;

  /**
   * Opens an object, or the given range of it, for reading.
   * @throws OBJECT_NOT_FOUND
   */
  abstract get(key: string, range?: ByteRange): Promise<Readable>;

  /** What is known of an object, or null when there is none. */
  abstract head(key: string): Promise<ObjectHead | null>;

  /**
   * Server-side copy of any size, durable when it resolves.
   * @throws OBJECT_NOT_FOUND
   */
  abstract copy(from: string, to: string): Promise<void>;

  /**
   * Moves a finished object to its final key. May be called again after a crash: when `from` is gone
   * and `to` is there it resolves.
   * @throws OBJECT_NOT_FOUND when neither is there
   */
  abstract promote(from: string, to: string): Promise<void>;

  /** Deletes one object; absent is fine. */
  abstract delete(key: string): Promise<void>;

  /** Deletes all objects whose key starts with `prefix` (which ends in a slash), and what unfinished puts left there. Returns how many objects there were. */
  abstract deletePrefix(prefix: string): Promise<number>;

  /** All objects whose key starts with `prefix`, in no particular order. */
  abstract list(prefix: string): AsyncIterable<ObjectHead>;

  /**
   * A URL that reads the object without credentials.
   * @throws PRESIGN_UNAVAILABLE for drivers that have no such URLs
   */
  abstract presignGet(key: string, options: PresignGetOptions): Promise<string>;

  /**
   * A URL that writes the object without credentials.
   * @throws PRESIGN_UNAVAILABLE for drivers that have no such URLs
   */
  abstract presignPut(key: string, options: PresignPutOptions): Promise<string>;

  /** Resolves when the store can be written to and read from; rejects with the reason. Used by readiness. */
  abstract check(signal: AbortSignal): Promise<void>;
}
