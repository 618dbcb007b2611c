import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const succeeds = (command: string, args: string[]): boolean => spawnSync(command, args).status === 0;

/** A file system of 4 MiB; null where mounting is not allowed. */
export function mountSmall(): string | null {
  const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
  if (succeeds('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path])) return path;
  rmSync(path, { recursive: true });
  return null;
}

/** @throws when it is still in use */
export function unmountSmall(path: string): void {
  if (!succeeds('umount', [path])) throw new Error(`${path} is still in use`);
  rmSync(path, { recursive: true });
}
