/** How long a forgotten key refuses to be filled; longer than any read of the database takes. */
export const TOMBSTONE_MS = 5000;

/**
 * A small cache of JSON values in namespaces. Correct under change: `forget` leaves a tombstone, so that
 * a reader who loaded the value before the change cannot put it back after it.
 */
export abstract class Cache {
  /** The cached value, or what `load` resolves to, which is then kept for the configured time. Null is not kept. */
  abstract remember<T>(namespace: string, key: string, load: () => Promise<T | null>): Promise<T | null>;

  /** To be called after the change is committed. */
  abstract forget(namespace: string, key: string): Promise<void>;

  /** Forgets everything that this process alone holds, when it may have missed changes made elsewhere. */
  abstract reset(): void;

  abstract close(): Promise<void>;
}
