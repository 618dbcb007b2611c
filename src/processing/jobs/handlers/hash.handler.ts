import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../common/index.js';
import { MediaLifecycleService, MediaRepository, StoredOriginals } from '../../../media/index.js';
import { ObjectStore } from '../../../storage/index.js';
import { type JobContext, JobHandler, type MediaJobPayload } from '../job-handler.js';

/** Measures an original that came past the service, and compares it with what was said of it. */
@Injectable()
export class HashHandler extends JobHandler {
  override readonly job = 'media.hash';

  constructor(
    private readonly repository: MediaRepository,
    private readonly originals: StoredOriginals,
    private readonly lifecycle: MediaLifecycleService,
    private readonly store: ObjectStore,
  ) {
    super();
  }

  override async handle({ mediaId: id, generation }: MediaJobPayload, { signal }: JobContext): Promise<void> {
    const media = await this.repository.find(id);
    if (!media || media.deletedAt || media.generation !== generation || media.status !== 'pending') return;
    const original = await this.originals.find(media);
    if (!original) return;
    // From pending alone: when another attempt was faster, the bytes that this one read may be gone by now.
    const fail = (code: string, detail: string): Promise<boolean> =>
      this.lifecycle.fail({ id, generation }, { code, detail }, { from: ['pending'] });
    try {
      const { sizeBytes, sha256 } = await measure(await this.store.get(original.storageKey), signal);
      if (sizeBytes !== original.sizeBytes) {
        await fail('CHECKSUM_MISMATCH', 'The stored bytes are more or fewer than were announced');
      } else if (original.expectedSha256 !== null && original.expectedSha256 !== sha256) {
        await fail('CHECKSUM_MISMATCH', 'The stored bytes do not have the SHA-256 that was given');
      } else {
        await this.lifecycle.passHash({ id, generation }, original, sha256);
      }
    } catch (error) {
      if (error instanceof DomainError && error.status < 500) await fail(error.code, error.message);
      throw error;
    }
  }
}

async function measure(
  source: Readable,
  signal: AbortSignal,
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await pipeline(
    source,
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
    },
    { signal },
  );
  return { sizeBytes, sha256: hash.digest('hex') };
}
