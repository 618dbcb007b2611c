import type { ObjectStore } from '../../storage/index.js';

/** Bytes of an object, or of all objects below a prefix; null when nothing is there. */
export async function storedSize(store: ObjectStore, keyOrPrefix: string): Promise<number | null> {
  if (!keyOrPrefix.endsWith('/')) return (await store.head(keyOrPrefix))?.sizeBytes ?? null;
  let sizeBytes: number | null = null;
  for await (const object of store.list(keyOrPrefix)) sizeBytes = (sizeBytes ?? 0) + object.sizeBytes;
  return sizeBytes;
}

/** What is wrong with what is stored, in words; null when nothing is. @param expected null: any size will do */
export function damageOf(
  stored: number | null,
  expected: number | null,
): { kind: 'missing' | 'size-differs'; detail: string } | null {
  if (stored === null) return { kind: 'missing', detail: 'the store has no such object' };
  if (expected === null || stored === expected) return null;
  return { kind: 'size-differs', detail: `${expected} bytes were stored, ${stored} are there` };
}
