import type { Piece, PieceSlot } from './assembler.js';
import { assertKey } from './storage-key.js';
import { storageErrors } from './storage.errors.js';

const DIRECTORY = 'pieces';
const TOKEN = /^[0-9a-z-]{1,100}$/;

/**
 * Where the helper objects of an assembly live: under visible names, so that `list` and `deletePrefix` of the
 * object store see them.
 * @throws INVALID_STORAGE_KEY also for a key that is in no directory of its own
 */
export function piecesPrefix(key: string): string {
  assertKey(key);
  if (!isAssemblyKey(key)) {
    throw storageErrors.INVALID_STORAGE_KEY('An assembly needs a directory of its own');
  }
  return `${key.slice(0, key.lastIndexOf('/'))}/${DIRECTORY}/`;
}

/** True for keys that have room for helper objects beside them. */
export function isAssemblyKey(key: string): boolean {
  return key.includes('/') && !key.endsWith(`/${DIRECTORY}`);
}

/**
 * Refuses what can't be part of a name, or be a place in an object.
 * @throws INVALID_STORAGE_KEY, RangeError
 */
export function assertSlot({ number, offset, sizeBytes, attempt }: PieceSlot): void {
  assertToken(attempt);
  assertNumber(number);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1)
    throw new RangeError('a piece has at least one byte');
  if (!Number.isSafeInteger(offset + sizeBytes) || offset < 0)
    throw new RangeError('not a place in an object');
}

export function assertNumber(number: number): void {
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError('pieces are numbered from one');
}

/** @throws INVALID_STORAGE_KEY */
export function assertToken(token: string): void {
  if (!TOKEN.test(token)) {
    throw storageErrors.INVALID_STORAGE_KEY(
      'Attempts and writers are lower-case letters, digits and hyphens',
    );
  }
}

/** The pieces that have bytes, in order. */
export function piecesInOrder(pieces: readonly Piece[]): Piece[] {
  const ordered = pieces.filter(({ sizeBytes }) => sizeBytes > 0).sort((a, b) => a.number - b.number);
  if (ordered.length === 0) throw new RangeError('an object is made of at least one byte');
  if (new Set(ordered.map(({ number }) => number)).size < ordered.length) {
    throw new RangeError('two pieces have the same number');
  }
  return ordered;
}

export function totalBytes(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
