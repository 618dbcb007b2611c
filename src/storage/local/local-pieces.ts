import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { piecesPrefix } from '../assembly-pieces.js';
import { assertKey } from '../storage-key.js';
import { storageErrors } from '../storage.errors.js';
import { hasCode } from './local-failure.js';
import { assertContained, forget, syncDirectories, unlessAbsent } from './local-files.js';
import { DIRECTORY_MODE, FILE_MODE } from './local-staging.js';

/** A concurrent delete can prune a directory between its mkdir and the open; it rarely does so twice. */
const MAX_OPEN_ATTEMPTS = 10;

/** The directory that holds the pieces of one assembly. It is there only while there are some. */
export class LocalPieces {
  private constructor(
    private readonly root: string,
    private readonly directory: string,
  ) {}

  /** @throws INVALID_STORAGE_KEY */
  static async of(root: string, key: string): Promise<LocalPieces> {
    assertKey(key);
    const directory = join(root, piecesPrefix(key));
    await assertContained(root, directory);
    return new LocalPieces(root, directory);
  }

  path(file: string): string {
    return join(this.directory, file);
  }

  /** Makes a file that is not there. */
  create(file: string): Promise<FileHandle> {
    return this.openMaking(file, constants.O_CREAT | constants.O_EXCL);
  }

  /** Opens a file to write in any place of it, and makes it where it is not there. */
  createOrOpen(file: string): Promise<FileHandle> {
    return this.openMaking(file, constants.O_CREAT);
  }

  /** Opens a file that must hold so many bytes. @throws OBJECT_DISCARDED when it does not */
  async openExisting(
    file: string,
    { flags, atLeastBytes }: { flags: string; atLeastBytes: number },
  ): Promise<FileHandle> {
    const handle = await unlessAbsent(open(this.path(file), flags));
    if (!handle) throw storageErrors.OBJECT_DISCARDED();
    try {
      const { size } = await handle.stat();
      if (size < atLeastBytes) {
        throw storageErrors.OBJECT_DISCARDED(undefined, {
          cause: new Error(`${file} lost bytes: it has ${size}`),
        });
      }
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Makes the entries of new files durable. */
  async syncEntries(): Promise<void> {
    await syncDirectories(this.directory, this.root);
  }

  async remove(file: string): Promise<void> {
    await rm(this.path(file), { force: true });
  }

  /** Removes all pieces, and directories that are empty then. */
  async removeAll(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
    await forget(this.directory, this.root);
  }

  private async openMaking(file: string, flags: number): Promise<FileHandle> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await mkdir(this.directory, { recursive: true, mode: DIRECTORY_MODE });
        return await open(this.path(file), constants.O_WRONLY | flags, FILE_MODE);
      } catch (error) {
        if (!hasCode(error, 'ENOENT') || attempt === MAX_OPEN_ATTEMPTS) throw error;
      }
    }
  }
}

/**
 * Makes what was written to a file durable.
 * @throws OBJECT_DISCARDED when the file was deleted meanwhile: then nobody could read it again
 */
export async function syncLinked(file: FileHandle): Promise<void> {
  await file.datasync();
  if ((await file.stat()).nlink === 0) throw storageErrors.OBJECT_DISCARDED();
}
