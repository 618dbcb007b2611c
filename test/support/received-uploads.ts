import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { newId } from '../../src/common/index.js';
import { Database } from '../../src/database/index.js';
import type { ReceivedUpload } from '../../src/media/index.js';
import { type QuotaOwner, QuotaService } from '../../src/quota/index.js';
import { ObjectStore, PendingDeletions, uploadKey, uploadPrefix } from '../../src/storage/index.js';
import type { TestApp } from './test-app.js';

/** What every upload protocol has done when it comes to commit: quota and place claimed, bytes stored. */
export async function receive(
  { app }: TestApp,
  bytes: Buffer,
  { userId, orgId }: QuotaOwner = { userId: 'alice', orgId: null },
): Promise<ReceivedUpload> {
  const id = newId();
  await app.get(Database).transaction(async (tx) => {
    await app.get(QuotaService).reserve(tx, id, { owner: { userId, orgId }, bytes: bytes.length });
    await app.get(PendingDeletions).register(tx, uploadPrefix(id), new Date(Date.now() + 600_000));
  });
  await app.get(ObjectStore).put(uploadKey(id), Readable.from([bytes], { objectMode: false }));
  return {
    id,
    ownerId: userId,
    orgId,
    filename: 'photo.png',
    contentType: 'image/png',
    kind: 'image',
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    visibility: 'private',
    tags: [],
    customMetadata: {},
  };
}
