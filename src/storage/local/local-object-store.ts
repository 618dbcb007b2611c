import { constants } from 'node:fs';
import { copyFile, open, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  type ByteRange,
  type ObjectHead,
  ObjectStore,
  type PutOptions,
  type StoredObject,
} from '../object-store.js';
import { PutSource } from '../put-source.js';
import { assertKey, assertPrefix, assertRange } from '../storage-key.js';
import { storageErrors } from '../storage.errors.js';
import { hasCode, localFailure, translated } from './local-failure.js';
import { BatchWriter } from './batch-writer.js';
import {
  assertContained,
  fileHead,
  forget,
  syncDirectories,
  unlessAbsent,
  walkFiles,
} from './local-files.js';
import { FILE_MODE, LocalStaging, openRoot, STAGING_DIRECTORY } from './local-staging.js';

/**
 * Objects as files under one directory, on one file system that several processes may share. A file is
 * written aside, synced, renamed to its key, and its directories are synced, unless it can be made again: so it is whole and
 * durable or not there.
 */
export class LocalObjectStore extends ObjectStore {
  override readonly canPresign = false;
  private readonly staging: LocalStaging;

  private constructor(private readonly root: string) {
    super();
    this.staging = new LocalStaging(root);
  }

  /** Opens the store in a directory, which is made when it is not there. */
  static async open(path: string): Promise<LocalObjectStore> {
    return new LocalObjectStore(await openRoot(path));
  }

  override async put(key: string, source: Readable, options: PutOptions = {}): Promise<StoredObject> {
    const guarded = new PutSource(source, options.signal);
    try {
      const place = { key, path: await this.locateNew(key), recreatable: options.recreatable };
      const sizeBytes = await this.staging.replace(place, async (temporary) => {
        const size = await writeDurably(temporary, guarded.stream);
        options.signal?.throwIfAborted();
        return size;
      });
      return { key, sizeBytes };
    } catch (error) {
      throw guarded.fail(error, localFailure);
    }
  }

  override async get(key: string, range?: ByteRange): Promise<Readable> {
    if (range) assertRange(range);
    return translated(async () => {
      const file = await unlessAbsent(open(await this.locate(key), 'r'));
      if (!file) throw storageErrors.OBJECT_NOT_FOUND();
      try {
        const stats = await file.stat();
        if (!stats.isFile()) throw storageErrors.OBJECT_NOT_FOUND();
        if (range && range.start >= stats.size) throw storageErrors.OBJECT_RANGE_INVALID();
        return file.createReadStream({ ...range });
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  override async localPath(key: string): Promise<string | null> {
    return translated(async () => {
      const path = await this.locate(key);
      return fileHead(path, key).then((head) => head && path);
    });
  }

  override async head(key: string): Promise<ObjectHead | null> {
    return translated(async () => fileHead(await this.locate(key), key));
  }

  override async copy(from: string, to: string): Promise<void> {
    await translated(async () => {
      const [source, target] = [await this.locate(from), await this.locate(to)];
      if (!(await fileHead(source, from))) throw storageErrors.OBJECT_NOT_FOUND();
      await this.staging.replace({ key: to, path: target }, async (temporary) => {
        const copied = copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
        if ((await unlessAbsent(copied.then(() => true))) === null) throw storageErrors.OBJECT_NOT_FOUND();
        await syncFile(temporary);
      });
    });
  }

  override async promote(from: string, to: string): Promise<void> {
    await translated(async () => {
      const [source, target] = [await this.locate(from), await this.locate(to)];
      const there = (await fileHead(source, from)) !== null;
      if (there && source === target) return;
      if (there && (await this.staging.move(source, target))) {
        await forget(source, this.root);
        return;
      }
      if (!(await fileHead(target, to))) throw storageErrors.OBJECT_NOT_FOUND();
      // A promotion that died here may have renamed without a sync.
      await syncDirectories(dirname(target), this.root);
    });
  }

  override async delete(key: string): Promise<void> {
    await translated(async () => {
      const path = await this.locate(key);
      try {
        await unlessAbsent(unlink(path));
      } catch (error) {
        // A directory is no object. POSIX says EPERM, Linux EISDIR.
        if (!hasCode(error, 'EISDIR', 'EPERM') || (await fileHead(path, key))) throw error;
        return;
      }
      await forget(path, this.root);
    });
  }

  override async deletePrefix(prefix: string): Promise<number> {
    assertPrefix(prefix);
    return translated(async () => {
      const directory = await this.locate(prefix.slice(0, -1));
      // First, so that a put that gets through has renamed before the walk begins.
      await this.staging.drop(prefix);
      if (!(await unlessAbsent(stat(directory)))?.isDirectory()) return 0;
      let count = 0;
      for await (const object of walkFiles(directory, prefix)) {
        await rm(join(this.root, object.key), { force: true });
        count += 1;
      }
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
      await forget(directory, this.root);
      return count;
    });
  }

  override async *list(prefix: string): AsyncGenerator<ObjectHead> {
    if (prefix !== '') assertPrefix(prefix);
    try {
      const directory = prefix === '' ? this.root : await this.locate(prefix.slice(0, -1));
      yield* walkFiles(directory, prefix);
    } catch (error) {
      throw localFailure(error);
    }
  }

  override async sweepUnfinished(olderThanMs: number): Promise<number> {
    return translated(() => this.staging.sweep(new Date(Date.now() - olderThanMs)));
  }

  /** Files that are being written have names of their own, and are swept when they are old. */
  override async listUnfinished(): Promise<null> {
    return null;
  }

  override async presignGet(): Promise<string> {
    throw storageErrors.PRESIGN_UNAVAILABLE();
  }

  override async presignGets(): Promise<string[]> {
    throw storageErrors.PRESIGN_UNAVAILABLE();
  }

  override async presignPut(): Promise<string> {
    throw storageErrors.PRESIGN_UNAVAILABLE();
  }

  override async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // A file system that hangs (NFS) ignores signals: then stop waiting for it.
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([translated(() => this.probe()), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private async probe(): Promise<void> {
    const path = join(this.root, STAGING_DIRECTORY, `check~${crypto.randomUUID()}`);
    try {
      await writeFile(path, 'ok', { flag: 'wx', mode: FILE_MODE, flush: true });
      if ((await readFile(path, 'utf8')) !== 'ok') throw new Error('the store gave back other bytes');
    } finally {
      await rm(path, { force: true });
    }
  }

  /** For what is renamed to its key: a link there is replaced, only one on the way leads elsewhere. */
  private async locateNew(key: string): Promise<string> {
    assertKey(key);
    const path = join(this.root, key);
    await assertContained(this.root, dirname(path));
    return path;
  }

  private async locate(key: string): Promise<string> {
    assertKey(key);
    const path = join(this.root, key);
    await assertContained(this.root, path);
    return path;
  }
}

async function writeDurably(path: string, source: Readable): Promise<number> {
  const file = await open(path, 'wx', FILE_MODE);
  const writer = new BatchWriter(file, { position: 0 });
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      writer.push(chunk);
      if (writer.isFull) await writer.room();
    }
    await writer.drain();
    await file.datasync();
    return writer.position;
  } finally {
    await writer.idle();
    await file.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
