import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DomainError } from '../common/index.js';
import { uploadErrors } from './uploads.errors.js';

/** While the true size is unknown quota is claimed ahead: a quarter of what has come, at most this much. */
const MAX_AHEAD_BYTES = 8 * 1024 * 1024;
const AHEAD_SHARE = 1 / 4;

export interface MeterLimits {
  maxBytes: number;
  /** Longest silence of the client. */
  idleTimeoutMs: number;
  /** Claim quota ahead of the bytes. Not where nearly all is claimed: what is claimed too much refuses others. */
  claimAhead: boolean;
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
   * The bytes of the source, metered. To be returned when it is not read to its end.
   * @throws UPLOAD_TOO_LARGE, QUOTA_EXCEEDED, UPLOAD_IDLE, UPLOAD_INTERRUPTED
   */
  async *meter(source: Readable): AsyncGenerator<Buffer> {
    let idle = this.watch(source);
    try {
      // A refused file of a batch must not end the whole body: the source is left to its owner.
      for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        // Until the next chunk is asked for the store is slow, not the client.
        clearTimeout(idle);
        await this.count(chunk.length);
        this.hash.update(chunk);
        yield chunk;
        idle = this.watch(source);
      }
    } catch (cause) {
      throw cause instanceof DomainError ? cause : uploadErrors.UPLOAD_INTERRUPTED(undefined, { cause });
    } finally {
      clearTimeout(idle);
    }
  }

  private watch(source: Readable): NodeJS.Timeout {
    return setTimeout(() => source.destroy(uploadErrors.UPLOAD_IDLE()), this.limits.idleTimeoutMs);
  }

  private async count(bytes: number): Promise<void> {
    this.sizeBytes += bytes;
    if (this.sizeBytes > this.limits.maxBytes) {
      throw uploadErrors.UPLOAD_TOO_LARGE(`the limit is ${this.limits.maxBytes} bytes`);
    }
    const missing = this.sizeBytes - this.reservedBytes;
    if (missing <= 0) return;
    this.reservedBytes += await this.claimStep(this.stepFor(missing), missing);
  }

  private stepFor(missing: number): number {
    if (!this.limits.claimAhead) return missing;
    const ahead = Math.min(Math.floor(this.sizeBytes * AHEAD_SHARE), MAX_AHEAD_BYTES);
    return Math.min(Math.max(missing, ahead), this.limits.maxBytes - this.reservedBytes);
  }

  private async claimStep(step: number, missing: number): Promise<number> {
    try {
      await this.limits.claim(step);
      return step;
    } catch (error) {
      // Near the limit a whole step may not fit where the file itself still does.
      if (step === missing || !(error instanceof DomainError)) throw error;
      await this.limits.claim(missing);
      return missing;
    }
  }
}
