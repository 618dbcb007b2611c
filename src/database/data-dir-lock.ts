import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, `${process.pid}\n${startTimeOf(process.pid)}`);
  try {
    while (!placed(draft, file)) {
      const claim = readClaim(file);
      if (claim === null) continue;
      if (isAlive(claim)) {
        throw databaseErrors.EMBEDDED_DATABASE_FAILED(
          'another instance uses DATA_DIR: stop it, or set DATABASE_URL to share one database',
        );
      }
      dropClaim(file, claim);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** A link appears whole or not at all, so a claim is never seen, or left behind, without its content. */
function placed(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function readClaim(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Removes a claim unless it is another by now: of a process that has just taken the dead one's place. */
function dropClaim(file: string, claim: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  if (readClaim(aside) !== claim) placed(aside, file);
  rmSync(aside, { force: true });
}

/** Whether the process that made a claim still runs; one with our own pid was another, before a restart. */
function isAlive(claim: string): boolean {
  const [line = '', startTime = ''] = claim.split('\n');
  const pid = Number(line);
  if (!Number.isInteger(pid) || pid < 1 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false;
  }
  return startTimeOf(pid) === startTime;
}

/**
 * When a process started, in clock ticks since boot (proc(5), stat field 22): tells a reused pid from its
 * owner. Empty where that can't be seen, and for a zombie, which nobody may ever reap in a container.
 */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
