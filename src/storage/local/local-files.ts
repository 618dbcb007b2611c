import { lstat, open, opendir, realpath, rmdir, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { ObjectHead } from '../object-store.js';
import { storageErrors } from '../storage.errors.js';
import { hasCode, isAbsent } from './local-failure.js';

/**
 * Refuses a path that a symbolic link leads out of the root. What does not exist yet is judged by its
 * nearest ancestor.
 * @throws INVALID_STORAGE_KEY
 */
export async function assertContained(root: string, path: string): Promise<void> {
  for (let existing = path; ; existing = dirname(existing)) {
    // The root itself must be there: a store whose mount is gone is unavailable, not empty.
    const real = await (existing === root ? realpath(root) : unlessAbsent(realpath(existing)));
    if (real === null) continue;
    if (real === root || real.startsWith(root + sep)) return;
    throw storageErrors.INVALID_STORAGE_KEY('The key leads out of the store');
  }
}

/**
 * Makes the entries of a directory and of all above it up to `top` durable. All of them, for the ones
 * above may have been made a moment ago by a put that has not come to their fsync. Together they cost no
 * more than one: 0.8 ms on ext4 on an SSD.
 */
export async function syncDirectories(directory: string, top: string): Promise<void> {
  const chain = [top];
  for (let path = directory; path.length > top.length; path = dirname(path)) chain.push(path);
  await Promise.all(chain.map(syncDirectory));
}

/** Removes a directory and those above it while they are empty, never `top`. @returns the first that stays */
async function pruneEmpty(directory: string, top: string): Promise<string> {
  let path = directory;
  for (; path !== top; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (error) {
      if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) break;
      if (!isAbsent(error)) throw error;
    }
  }
  return path;
}

/** Makes the absence of a path durable, and removes what it leaves empty below `top`. */
export async function forget(path: string, top: string): Promise<void> {
  const survivor = await pruneEmpty(dirname(path), top);
  await syncDirectories(survivor, survivor);
}

/** All regular files below a directory; neither links nor names that begin with a dot. */
export async function* walkFiles(directory: string, prefix: string): AsyncGenerator<ObjectHead> {
  const entries = await unlessAbsent(opendir(directory));
  if (!entries) return;
  for await (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(directory, entry.name);
    const key = prefix + entry.name;
    if (entry.isDirectory()) {
      yield* walkFiles(path, `${key}/`);
    } else if (entry.isFile()) {
      const head = await fileHead(path, key);
      if (head) yield head;
    }
  }
}

export async function fileHead(path: string, key: string): Promise<ObjectHead | null> {
  const stats = await unlessAbsent(stat(path));
  return stats?.isFile() ? { key, sizeBytes: stats.size, lastModified: stats.mtime } : null;
}

export async function exists(path: string): Promise<boolean> {
  return (await unlessAbsent(lstat(path))) !== null;
}

/** The result, or null when the path names nothing. */
export async function unlessAbsent<T>(operation: Promise<T>): Promise<T | null> {
  try {
    return await operation;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Pruned by a delete meanwhile: then nothing is in it that could get lost.
  const directory = await unlessAbsent(open(path, 'r'));
  if (!directory) return;
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
