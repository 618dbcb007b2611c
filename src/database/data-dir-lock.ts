import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { databaseErrors } from './database.errors.js';

/**
 * Claims DATA_DIR for the embedded database of this process, so that a second service started there
 * by mistake refuses instead of stopping the first one's database. A dead owner's claim is taken over.
 * @returns the release
 * @throws EMBEDDED_DATABASE_FAILED when a living process holds it
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'service.pid');
  for (;;) {
    try {
      const descriptor = openSync(file, 'wx', 0o644);
      writeSync(descriptor, `${process.pid}\n${startTimeOf(process.pid)}`);
      closeSync(descriptor);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (ownerIsAlive(file)) {
        throw databaseErrors.EMBEDDED_DATABASE_FAILED(
          'another instance uses DATA_DIR: stop it, or set DATABASE_URL to share one database',
        );
      }
      rmSync(file, { force: true });
    }
  }
}

function ownerIsAlive(file: string): boolean {
  const [pid = '', startTime = ''] = readFileSync(file, 'utf8').split('\n');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return Number(pid) !== process.pid && startTimeOf(Number(pid)) === startTime;
}

/** When a process started, in clock ticks since boot (proc(5), stat field 22): tells a reused pid from its owner. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
