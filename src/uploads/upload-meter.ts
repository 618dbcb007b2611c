import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DomainError } from '../common/index.js';
import { chunksOf } from './chunks-of.js';
import { uploadErrors } from './uploads.errors.js';

/** While the true size is unknown quota is claimed ahead: a quarter of what has come, at most this much. */
const MAX_AHEAD_BYTES = 8 * 1024 * 1024;
const AHEAD_SHARE = 1 / 4;
/** Time spent waiting for the client after which its rate is judged. */
const RATE_WINDOW_MS = 30_000;

export interface MeterLimits {
  /** Of the whole upload. */
  maxBytes: number;
  /** What of the upload came before; 0 when absent. */
  startBytes?: number;
  /** Whether a digest will be asked for; true when absent. */
  hashes?: boolean;
  /** Longest silence of the client; 0 where the source itself watches over that. */
  idleTimeoutMs: number;
  /** Least bytes a second, over half a minute of waiting for the client; 0 allows any. */
  minBytesPerSecond: number;
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
  private reservedBytes: number;
  private waitedMs = 0;
  private windowBytes = 0;
  /** With what came before. */
  sizeBytes: number;

  /** @param hash has seen every byte that was taken from the source, also of an upload that is refused */
  constructor(
    private readonly limits: MeterLimits,
    private readonly hash: Hash = createHash('sha256'),
  ) {
    this.reservedBytes = limits.reservedBytes;
    this.sizeBytes = limits.startBytes ?? 0;
  }

  /** Of what passed here. Lower-case hex, so far. */
  digest(): string {
    return this.hash.copy().digest('hex');
  }

  /**
   * The bytes of the source, metered. The source itself is left to its owner: a refused file of a batch must not end
   * the whole body.
   * @param signal ends it, with its reason
   * @throws UPLOAD_TOO_LARGE, QUOTA_EXCEEDED, UPLOAD_IDLE, UPLOAD_TOO_SLOW, UPLOAD_INTERRUPTED
   */
  async *meter(source: Readable, signal = new AbortController().signal): AsyncGenerator<Buffer> {
    const silence = new AbortController();
    const { idleTimeoutMs } = this.limits;
    const watch = (): NodeJS.Timeout | undefined =>
      idleTimeoutMs === 0
        ? undefined
        : setTimeout(() => silence.abort(uploadErrors.UPLOAD_IDLE()), idleTimeoutMs);
    let idle = watch();
    let asked = performance.now();
    try {
      for await (const chunk of chunksOf(source, AbortSignal.any([signal, silence.signal]))) {
        // Until the next chunk is asked for the store is slow, not the client.
        clearTimeout(idle);
        if (this.limits.hashes !== false) this.hash.update(chunk);
        this.judgeRate(performance.now() - asked, chunk.length);
        await this.count(chunk.length);
        yield chunk;
        idle = watch();
        asked = performance.now();
      }
    } catch (cause) {
      throw cause instanceof DomainError ? cause : uploadErrors.UPLOAD_INTERRUPTED(undefined, { cause });
    } finally {
      clearTimeout(idle);
    }
  }

  /** Against clients that send a byte now and then, to hold a connection and a place for ever. */
  private judgeRate(waitedMs: number, bytes: number): void {
    this.waitedMs += waitedMs;
    this.windowBytes += bytes;
    if (this.waitedMs < RATE_WINDOW_MS) return;
    const tooSlow = this.windowBytes < (this.waitedMs / 1000) * this.limits.minBytesPerSecond;
    this.waitedMs = 0;
    this.windowBytes = 0;
    if (tooSlow) throw uploadErrors.UPLOAD_TOO_SLOW();
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
