import type { Readable } from 'node:stream';
import { storageErrors } from '../storage.errors.js';
import { BatchWriter } from './batch-writer.js';
import { type LocalPieces, syncLinked } from './local-pieces.js';
import { WHOLE } from './local-receipt.js';

/** So many bytes of one file. */
export interface SlotPlace {
  file: string;
  offset: number;
  sizeBytes: number;
}

/**
 * Fills a place with exactly the bytes of a source, never writing outside of it, and makes them durable.
 * @throws PIECE_SIZE_MISMATCH
 */
export async function writeSlot(
  pieces: LocalPieces,
  place: SlotPlace,
  { source, verify }: { source: Readable; verify: () => void },
): Promise<void> {
  const inPlace = place.file === WHOLE;
  const file = await (inPlace ? pieces.createOrOpen(place.file) : pieces.create(place.file));
  const writer = new BatchWriter(file, { position: place.offset });
  try {
    let left = place.sizeBytes;
    for await (const chunk of source as AsyncIterable<Buffer>) {
      left -= chunk.length;
      if (left < 0) throw storageErrors.PIECE_SIZE_MISMATCH();
      if (chunk.length > 0) writer.push(chunk);
      if (writer.isFull) await writer.room();
    }
    if (left > 0) throw storageErrors.PIECE_SIZE_MISMATCH();
    await writer.drain();
    verify();
    await Promise.all([syncLinked(file), pieces.syncEntries()]);
  } catch (error) {
    // What can't be removed now goes with the other pieces; the first failure is the one to tell.
    if (!inPlace) await pieces.remove(place.file).catch(() => undefined);
    throw error;
  } finally {
    await writer.idle();
    await file.close();
  }
}
