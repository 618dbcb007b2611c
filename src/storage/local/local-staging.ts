import { randomUUID } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { storageErrors } from '../storage.errors.js';
import { hasCode } from './local-failure.js';
import { exists, syncDirectories, unlessAbsent } from './local-files.js';

/** Beside the objects, so that a rename never crosses file systems; no key begins with a dot. */
export const STAGING_DIRECTORY = '.tmp';
/** Only the user of the service reads what it stores. */
export const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;

/** How much of a key goes into a temporary name, which has at most 255 bytes with the UUID. */
const MAX_LABEL_LENGTH = 200;
/** A concurrent delete can prune a directory between its mkdir and the rename; it rarely does so twice. */
const MAX_MOVE_ATTEMPTS = 10;

/** Makes the directory of a store, where it is not there. @returns its real path */
export async function openRoot(path: string): Promise<string> {
  const made = await mkdir(join(path, STAGING_DIRECTORY), { recursive: true, mode: DIRECTORY_MODE });
  const root = await realpath(path);
  if (made) await syncDirectories(root, dirname(await realpath(made)));
  return root;
}

/** Where an object is to be. */
export interface Place {
  key: string;
  path: string;
  /** See `PutOptions`: the directories are not synced. */
  recreatable?: boolean | undefined;
}

/** Where files are written before they become objects by a rename. */
export class LocalStaging {
  private readonly directory: string;

  constructor(private readonly root: string) {
    this.directory = join(root, STAGING_DIRECTORY);
  }

  /**
   * Runs `fill` on a path that names nothing yet, makes the file that it wrote (and synced) the object at
   * its place, and leaves nothing behind when it fails.
   * @throws OBJECT_DISCARDED when the file was dropped or swept meanwhile
   */
  async replace<T>(
    { key, path, recreatable = false }: Place,
    fill: (temporary: string) => Promise<T>,
  ): Promise<T> {
    const temporary = join(this.directory, `${labelOf(key).slice(0, MAX_LABEL_LENGTH)}~${randomUUID()}`);
    try {
      const result = await fill(temporary);
      if (!(await this.rename(temporary, path))) throw storageErrors.OBJECT_DISCARDED();
      if (!recreatable) await syncDirectories(dirname(path), this.root);
      return result;
    } catch (error) {
      // What can't be removed now is swept later; the first failure is the one to tell.
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Renames a file to its final path and makes that durable. @returns false when it was not there */
  async move(from: string, to: string): Promise<boolean> {
    if (!(await this.rename(from, to))) return false;
    await syncDirectories(dirname(to), this.root);
    return true;
  }

  private async rename(from: string, to: string): Promise<boolean> {
    const directory = dirname(to);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
        await rename(from, to);
        return true;
      } catch (error) {
        if (!hasCode(error, 'ENOENT') || attempt === MAX_MOVE_ATTEMPTS) throw error;
        if (!(await exists(from))) return false;
      }
    }
  }

  /** Deletes the unfinished files of all keys below a prefix, if it is not too long to tell them by. */
  async drop(prefix: string): Promise<void> {
    const label = labelOf(prefix);
    if (label.length > MAX_LABEL_LENGTH) return;
    for (const name of await readdir(this.directory)) {
      if (name.startsWith(label)) await rm(join(this.directory, name), { force: true });
    }
  }

  /** Deletes the unfinished files of one key, if it is not too long to tell them by. */
  async dropKey(key: string): Promise<void> {
    await this.drop(`${key}~`);
  }

  /** Deletes files that were last written to before the given time. @returns how many */
  async sweep(before: Date): Promise<number> {
    let count = 0;
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      const stats = await unlessAbsent(stat(path));
      if (!stats || stats.mtime >= before) continue;
      if ((await unlessAbsent(unlink(path).then(() => true))) === true) count += 1;
    }
    return count;
  }
}

/** A key as a file name, such that the label of a prefix is a prefix of the labels below it. */
function labelOf(key: string): string {
  return encodeURIComponent(key);
}
