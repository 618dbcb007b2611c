import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DomainError } from '../common/index.js';
import { uploadErrors } from './uploads.errors.js';

/** Quota is claimed in steps of this size while the true size is unknown. */
const CLAIM_STEP_BYTES = 8 * 1024 * 1024;

export interface MeterLimits {
  maxBytes: number;
  /** Longest silence of the client. */
  idleTimeoutMs: number;
  /** Bytes of quota that are claimed already. */
  reservedBytes: number;
  /** Claims further bytes. @throws QUOTA_EXCEEDED */
  claim(bytes: number): Promise<void>;
}

/**
 * Counts and hashes the bytes of an upload as they pass, and stops it at the first byte over the size
 * limit or the quota.
 */
export class UploadMeter {
  private readonly hash: Hash = createHash('sha256');
  private reservedBytes: number;
  sizeBytes = 0;

  constructor(private readonly limits: MeterLimits) {
    this.reservedBytes = limits.reservedBytes;
  }

  /** Lower-case hex; to be asked once, at the end. */
  digest(): string {
    return this.hash.digest('hex');
  }

  /**
   * The bytes of the source, metered.
   * @throws UPLOAD_TOO_LARGE, QUOTA_EXCEEDED, UPLOAD_IDLE, UPLOAD_INTERRUPTED
   */
  async *meter(source: Readable): AsyncGenerator<Buffer> {
    const idle = setTimeout(() => source.destroy(uploadErrors.UPLOAD_IDLE()), this.limits.idleTimeoutMs);
    try {
      // A refused file of a batch must not end the whole body: the source is left to its owner.
      for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        idle.refresh();
        await this.count(chunk.length);
        this.hash.update(chunk);
        yield chunk;
      }
    } catch (cause) {
      throw cause instanceof DomainError ? cause : uploadErrors.UPLOAD_INTERRUPTED(undefined, { cause });
    } finally {
      clearTimeout(idle);
    }
  }

  private async count(bytes: number): Promise<void> {
    this.sizeBytes += bytes;
    if (this.sizeBytes > this.limits.maxBytes) {
      throw uploadErrors.UPLOAD_TOO_LARGE(`the limit is ${this.limits.maxBytes} bytes`);
    }
    const missing = this.sizeBytes - this.reservedBytes;
    if (missing <= 0) return;
    const step = Math.min(Math.max(missing, CLAIM_STEP_BYTES), this.limits.maxBytes - this.reservedBytes);
    // Near the limit a whole step may not fit where the file itself still does.
    this.reservedBytes += await this.claimStep(step, missing);
  }

  private async claimStep(step: number, missing: number): Promise<number> {
    try {
      await this.limits.claim(step);
      return step;
    } catch (error) {
      if (step === missing || !(error instanceof DomainError)) throw error;
      await this.limits.claim(missing);
      return missing;
    }
  }
}
