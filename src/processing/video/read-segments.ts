import type { ObjectStore } from '../../storage/index.js';
import type { StreamInit, StreamRendition, StreamSegment } from './media-stream.js';
import { openSegment } from './segment-cipher.js';

/**
 * An init segment and segments that need it, one behind the other and decrypted: a fragmented file of one track.
 * @throws OBJECT_NOT_FOUND, STORAGE_UNAVAILABLE
 */
export async function* readSegments(
  store: ObjectStore,
  { key }: Pick<StreamRendition, 'key'>,
  { init, segments }: { init: StreamInit; segments: readonly StreamSegment[] },
): AsyncGenerator<Buffer> {
  yield* await store.get(init.key);
  for (const { key: objectKey, number } of segments) {
    const stored: AsyncIterable<Buffer> = await store.get(objectKey);
    yield* key ? openSegment(stored, { key, number }) : stored;
  }
}
