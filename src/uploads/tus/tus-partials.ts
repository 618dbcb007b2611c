import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Principal } from '../../auth/index.js';
import { UUID_PATTERN } from '../../common/index.js';
import { QuotaService } from '../../quota/index.js';
import { Assembler, ObjectStore, PendingDeletions, uploadKey, uploadPrefix } from '../../storage/index.js';
import { Upload } from '../entities/upload.entity.js';
import { UploadAccess } from '../session/upload-access.js';
import { UploadRepository } from '../session/upload.repository.js';
import { tusErrors } from './tus.errors.js';

/** The partial uploads that a final one is put together of (Concatenation). */
@Injectable()
export class TusPartials {
  constructor(
    private readonly access: UploadAccess,
    private readonly repository: UploadRepository,
    private readonly assembler: Assembler,
    private readonly store: ObjectStore,
    private readonly quota: QuotaService,
    private readonly deletions: PendingDeletions,
  ) {}

  /**
   * The uploads that a list of URLs names.
   * @throws TUS_CONCATENATION_INVALID for one that is not complete, not partial, another account's, or listed twice
   * @throws UPLOAD_NOT_FOUND
   */
  async find(principal: Principal, urls: readonly string[]): Promise<Upload[]> {
    const ids = urls.map(idOf);
    if (new Set(ids).size < ids.length) {
      throw tusErrors.TUS_CONCATENATION_INVALID('an upload is listed twice');
    }
    const partials: Upload[] = [];
    for (const id of ids) {
      const upload = await this.access.owned(principal, id, 'tus');
      if (upload.tusConcat !== 'partial' || upload.offsetBytes !== upload.sizeBytes) {
        throw tusErrors.TUS_CONCATENATION_INVALID('an upload is not a complete partial one');
      }
      // What it holds of the quota passes to the final upload, so both must count against the same accounts.
      if (upload.ownerId !== principal.userId || upload.orgId !== principal.orgId) {
        throw tusErrors.TUS_CONCATENATION_INVALID('an upload belongs to another account');
      }
      partials.push(upload);
    }
    return partials;
  }

  /** All their bytes, one after the other. */
  async *read(partials: readonly Upload[]): AsyncGenerator<Buffer> {
    for (const { id, assembly } of partials) {
      const key = uploadKey(id);
      await this.assembler.assemble({ key, handle: assembly }, await this.repository.pieces(id));
      yield* (await this.store.get(key)) as AsyncIterable<Buffer>;
    }
  }

  /**
   * Ends them, for what they held belongs to the final upload now: quota, and the bytes are swept.
   * @throws RESERVATION_LOST when one of them was used or given up meanwhile
   */
  async consume(tx: EntityManager, finalId: string, ids: readonly string[]): Promise<void> {
    await this.quota.merge(tx, finalId, ids);
    await tx.nativeDelete(Upload, { id: { $in: [...ids] } });
    for (const id of ids) await this.deletions.register(tx, uploadPrefix(id), new Date());
  }
}

/** The id in an upload's URL, absolute or relative. @throws TUS_CONCATENATION_INVALID */
function idOf(url: string): string {
  const id = /\/v1\/tus\/([^/?#]+)$/.exec(url)?.[1]?.toLowerCase() ?? '';
  if (!UUID_PATTERN.test(id)) throw tusErrors.TUS_CONCATENATION_INVALID('a URL is not that of an upload');
  return id;
}
