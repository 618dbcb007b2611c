import type { Readable } from 'node:stream';
import {
  type ByteRange,
  type ObjectHead,
  ObjectStore,
  type PresignGetOptions,
  type PresignManyOptions,
  type PresignPutOptions,
  type PutOptions,
  type StoredObject,
  type UnfinishedObject,
} from './object-store.js';
import type { StorageObserver, StorageOperation } from './storage-observer.js';
import { outcomeOf, secondsSince, timed } from './timed-operation.js';

/** Any object store, with every operation timed; a list with what its reader does between two objects. */
export class MeteredObjectStore extends ObjectStore {
  constructor(
    private readonly inner: ObjectStore,
    private readonly observer: StorageObserver,
  ) {
    super();
  }

  override get canPresign(): boolean {
    return this.inner.canPresign;
  }

  override put(key: string, source: Readable, options?: PutOptions): Promise<StoredObject> {
    return this.timed(
      'put',
      () => this.inner.put(key, source, options),
      (error) =>
        error === source.errored || (options?.signal?.aborted === true && error === options.signal.reason),
    );
  }

  override get(key: string, range?: ByteRange): Promise<Readable> {
    return this.timed('get', () => this.inner.get(key, range));
  }

  override localPath(key: string): Promise<string | null> {
    return this.inner.localPath(key);
  }

  override head(key: string): Promise<ObjectHead | null> {
    return this.timed('head', () => this.inner.head(key));
  }

  override copy(from: string, to: string): Promise<void> {
    return this.timed('copy', () => this.inner.copy(from, to));
  }

  override promote(from: string, to: string): Promise<void> {
    return this.timed('promote', () => this.inner.promote(from, to));
  }

  override delete(key: string): Promise<void> {
    return this.timed('delete', () => this.inner.delete(key));
  }

  override deletePrefix(prefix: string): Promise<number> {
    return this.timed('delete_prefix', () => this.inner.deletePrefix(prefix));
  }

  override async *list(prefix: string): AsyncGenerator<ObjectHead> {
    const started = performance.now();
    let outcome: 'ok' | 'error' = 'error';
    try {
      for await (const object of this.inner.list(prefix)) {
        // A reader that stops here ends the generator at the yield: that is no failure of the store.
        outcome = 'ok';
        yield object;
        outcome = 'error';
      }
      outcome = 'ok';
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      this.observer.observe({ operation: 'list', seconds: secondsSince(started), outcome });
    }
  }

  override sweepUnfinished(olderThanMs: number): Promise<number> {
    return this.timed('sweep_unfinished', () => this.inner.sweepUnfinished(olderThanMs));
  }

  /** Times the first page alone. */
  override listUnfinished(prefix: string): Promise<AsyncIterable<UnfinishedObject> | null> {
    return this.timed('list', () => this.inner.listUnfinished(prefix));
  }

  override presignGet(key: string, options: PresignGetOptions): Promise<string> {
    return this.timed('presign', () => this.inner.presignGet(key, options));
  }

  override presignGets(keys: readonly string[], options: PresignManyOptions): Promise<string[]> {
    return this.timed('presign', () => this.inner.presignGets(keys, options));
  }

  override presignPut(key: string, options: PresignPutOptions): Promise<string> {
    return this.timed('presign', () => this.inner.presignPut(key, options));
  }

  override check(signal: AbortSignal): Promise<void> {
    return this.timed('check', () => this.inner.check(signal));
  }

  private timed<T>(
    operation: StorageOperation,
    run: () => Promise<T>,
    isCallersFault?: (error: unknown) => boolean,
  ): Promise<T> {
    return timed({ observer: this.observer, operation, ...(isCallersFault && { isCallersFault }) }, run);
  }
}
