import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const succeeds = (command: string, args: string[]): boolean => spawnSync(command, args).status === 0;

/** A file system of 4 MiB; null where mounting is not allowed. */
export function mountSmall(): string | null {
  const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
  if (mountAt(path, '4m')) return path;
  rmSync(path, { recursive: true });
  return null;
}

/** Lays a file system of a size like `4m` over a directory. @returns false where mounting is not allowed */
export function mountAt(path: string, size: string): boolean {
  return succeeds('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
}

/** Gives a file system another size. */
export function resize(path: string, size: string): void {
  if (!succeeds('mount', ['-o', `remount,size=${size}`, path])) throw new Error(`${path} keeps its size`);
}

/** @throws when it is still in use */
export function unmountSmall(path: string): void {
  if (!succeeds('umount', [path])) throw new Error(`${path} is still in use`);
  rmSync(path, { recursive: true });
}
