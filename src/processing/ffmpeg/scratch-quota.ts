import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const lookMs = 1000;

/** Bytes of all files below a directory; what vanishes meanwhile counts for nothing. */
async function directoryBytes(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  let sum = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    sum += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return sum;
}

/**
 * Runs work whose files may not be more than so many bytes: a tool's own limit holds for each file alone.
 * @param exceeded becomes the reason of the signal that the work gets
 */
export async function withinQuota<T>(
  { directory, maxBytes, signal }: { directory: string; maxBytes: number; signal: AbortSignal },
  exceeded: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const full = new AbortController();
  let looking = false;
  const look = async (): Promise<void> => {
    const bytes = await directoryBytes(directory);
    looking = false;
    if (bytes > maxBytes) full.abort(exceeded());
  };
  const watch = setInterval(() => {
    if (looking) return;
    looking = true;
    void look();
  }, lookMs);
  try {
    return await work(AbortSignal.any([signal, full.signal]));
  } finally {
    clearInterval(watch);
  }
}
