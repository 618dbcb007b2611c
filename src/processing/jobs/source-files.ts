import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '../../common/index.js';
import { type AppConfig, appConfig, type ProcessingConfig, processingConfig } from '../../config/index.js';
import type { StoredOriginal } from '../../media/index.js';
import { ObjectStore } from '../../storage/index.js';
import { openScratch } from '../ffmpeg/index.js';

interface CachedSource {
  path: Promise<string>;
  sizeBytes: number;
  users: number;
}

/**
 * Originals as local files, for the many jobs that read the same one. Where the store keeps files they are read in
 * place. Others are fetched once and kept, the last used, up to a number of bytes; what is in use does not count as
 * over it. No tool is ever given the address of a store.
 */
@Injectable()
export class SourceFiles implements OnModuleDestroy {
  /** In the order of their last use. */
  private readonly cached = new Map<string, CachedSource>();
  private directory: Promise<string> | null = null;

  constructor(
    private readonly store: ObjectStore,
    @Inject(appConfig.KEY) private readonly app: AppConfig,
    @Inject(processingConfig.KEY) private readonly config: ProcessingConfig,
  ) {}

  async onModuleDestroy(): Promise<void> {
    if (this.directory) await rm(await this.directory, { recursive: true, force: true });
  }

  /**
   * Runs work on an original's file, which must not be changed.
   * @throws OBJECT_NOT_FOUND, the signal's reason
   */
  async use<T>(
    { storageKey, sizeBytes }: Pick<StoredOriginal, 'storageKey' | 'sizeBytes'>,
    signal: AbortSignal,
    work: (path: string) => Promise<T>,
  ): Promise<T> {
    const inPlace = await this.store.localPath(storageKey);
    if (inPlace !== null) return work(inPlace);
    const source = this.cached.get(storageKey) ?? { path: this.fetch(storageKey), sizeBytes, users: 0 };
    this.cached.delete(storageKey);
    this.cached.set(storageKey, source);
    source.users += 1;
    try {
      return await work(await unlessAborted(source.path, signal));
    } catch (error) {
      // A fetch that failed is not kept.
      await source.path.catch(() => this.forget(storageKey, source));
      throw error;
    } finally {
      source.users -= 1;
      await this.shrink();
    }
  }

  /** Not ended by the signal of the first job: others may wait for the same file. */
  private async fetch(key: string): Promise<string> {
    this.directory ??= openScratch(this.app.scratchDir);
    const path = join(await this.directory, newId());
    try {
      await pipeline(await this.store.get(key), createWriteStream(`${path}.part`));
      await rename(`${path}.part`, path);
      return path;
    } catch (error) {
      await rm(`${path}.part`, { force: true });
      throw error;
    }
  }

  private async shrink(): Promise<void> {
    let sum = [...this.cached.values()].reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
    for (const [key, source] of this.cached) {
      if (sum <= this.config.sourceCacheBytes) return;
      if (source.users > 0) continue;
      sum -= source.sizeBytes;
      this.forget(key, source);
      await rm(await source.path, { force: true });
    }
  }

  private forget(key: string, source: CachedSource): void {
    if (this.cached.get(key) === source) this.cached.delete(key);
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
