import { Logger } from '@nestjs/common';
import { type QuotaOwner, QuotaService } from '../quota/index.js';
import { PendingDeletions, uploadPrefix } from '../storage/index.js';

export interface LeaseParts {
  quota: QuotaService;
  deletions: PendingDeletions;
  ttlMs: number;
}

/**
 * One upload's claim on quota and on its place in the store. While it is held both are renewed; when
 * the process dies both run out, and the sweepers take back bytes and quota.
 */
export class UploadLease {
  private readonly logger = new Logger(UploadLease.name);
  private readonly renewal: NodeJS.Timeout;

  constructor(
    readonly id: string,
    readonly owner: QuotaOwner,
    private readonly parts: LeaseParts,
  ) {
    this.renewal = setInterval(() => void this.renew(), parts.ttlMs / 3);
  }

  /** Claims further bytes. @throws QUOTA_EXCEEDED, RESERVATION_LOST */
  grow(bytes: number): Promise<void> {
    return this.parts.quota.extend(this.id, this.owner, bytes);
  }

  /** Stops renewing, when the upload was committed or given up. */
  end(): void {
    clearInterval(this.renewal);
  }

  private async renew(): Promise<void> {
    try {
      await this.parts.quota.extend(this.id, this.owner, 0);
      await this.parts.deletions.extend(uploadPrefix(this.id), new Date(Date.now() + this.parts.ttlMs));
    } catch (error) {
      // The commit will find out: it fails when the lease has run out by then.
      this.logger.warn({ err: error, uploadId: this.id }, 'an upload could not renew its lease');
    }
  }
}
