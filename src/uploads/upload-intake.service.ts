import type { Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { DomainError, newId } from '../common/index.js';
import { type UploadsConfig, uploadsConfig } from '../config/index.js';
import { Database } from '../database/index.js';
import { UPLOAD_BYTES } from '../metrics/index.js';
import { type QuotaOwner, QuotaService } from '../quota/index.js';
import { sanitizeFileName, SNIFF_BYTES, type SniffResult } from '../security/index.js';
import { ObjectStore, PendingDeletions, uploadKey, uploadPrefix } from '../storage/index.js';
import { decideType } from './decide-type.js';
import type { ExpectedSize } from './expected-size.js';
import { splitHead } from './split-head.js';
import { UploadLease } from './upload-lease.js';
import { UploadMeter } from './upload-meter.js';
import { uploadErrors } from './uploads.errors.js';

/** A file as it arrives. */
export interface IncomingFile {
  source: Readable;
  filename: string | undefined;
  declaredType: string | undefined;
  owner: QuotaOwner;
  /** Null when the size is not known before the last byte. */
  expected: ExpectedSize | null;
  /** Has seen every byte that was taken from the source, also when the file is refused. */
  hash: Hash;
}

/** A file whose bytes are durable, and that nobody knows of yet. */
export interface StagedFile {
  lease: UploadLease;
  filename: string;
  contentType: string;
  kind: SniffResult['kind'];
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
}

/** Takes bytes in, once, checking them as they pass. */
@Injectable()
export class UploadIntakeService {
  constructor(
    private readonly database: Database,
    private readonly quota: QuotaService,
    private readonly deletions: PendingDeletions,
    private readonly store: ObjectStore,
    @Inject(uploadsConfig.KEY) private readonly config: UploadsConfig,
    @InjectMetric(UPLOAD_BYTES) private readonly bytes: Counter,
  ) {}

  /**
   * Streams a file into the store under its final, opaque key. When it rejects nothing of it is left.
   * @throws UPLOAD_TOO_LARGE, UPLOAD_EMPTY, UPLOAD_IDLE, UPLOAD_INTERRUPTED, QUOTA_EXCEEDED,
   *   CONTENT_TYPE_MISMATCH, UNSUPPORTED_MEDIA_TYPE, STORAGE_FULL, STORAGE_UNAVAILABLE
   */
  async stage(file: IncomingFile): Promise<StagedFile> {
    const { lease, reservedBytes } = await this.open(file);
    const meter = new UploadMeter(
      {
        maxBytes: this.config.maxUploadBytes,
        idleTimeoutMs: this.config.idleTimeoutMs,
        minBytesPerSecond: this.config.minBytesPerSecond,
        reservedBytes,
        claimAhead: file.expected === null,
        claim: (bytes) => lease.grow(bytes),
      },
      file.hash,
    );
    const stop = new AbortController();
    const metered = meter.meter(file.source, stop.signal);
    try {
      const { head, whole } = await splitHead(metered, SNIFF_BYTES);
      if (head.length === 0) throw uploadErrors.UPLOAD_EMPTY();
      const { filename, declaredType } = file;
      const { allowedTypes } = this.config;
      const { contentType, kind } = await decideType(head, { filename, declaredType, allowedTypes });
      await this.store.put(uploadKey(lease.id), Readable.from(whole, { objectMode: false }), {
        contentType,
      });
      this.bytes.inc({ outcome: 'stored' }, meter.sizeBytes);
      return {
        lease,
        filename: sanitizeFileName(filename),
        contentType,
        kind,
        sizeBytes: meter.sizeBytes,
        sha256: meter.digest(),
      };
    } catch (error) {
      this.bytes.inc({ outcome: 'refused' }, meter.sizeBytes);
      await this.abandon(lease);
      // Lets go of the source, whose owner may have to read on.
      stop.abort();
      await metered.return(undefined);
      throw error;
    }
  }

  /**
   * Reads a file for its hash alone, within the limits of an upload: nothing is stored or charged.
   * @throws UPLOAD_TOO_LARGE, UPLOAD_IDLE, UPLOAD_TOO_SLOW, UPLOAD_INTERRUPTED
   */
  async measure({ source, hash }: Pick<IncomingFile, 'source' | 'hash'>): Promise<void> {
    const { maxUploadBytes: maxBytes, idleTimeoutMs, minBytesPerSecond } = this.config;
    const claimed = { reservedBytes: maxBytes, claimAhead: false, claim: async () => undefined };
    const metered = new UploadMeter({ maxBytes, idleTimeoutMs, minBytesPerSecond, ...claimed }, hash).meter(
      source,
    );
    while (!(await metered.next()).done);
  }

  /** Whether an upload of at least so many bytes can end well. @throws UPLOAD_TOO_LARGE */
  assertWithinLimit(bytes: number): void {
    const { maxUploadBytes } = this.config;
    if (bytes > maxUploadBytes) {
      throw uploadErrors.UPLOAD_TOO_LARGE(`the limit is ${maxUploadBytes} bytes`);
    }
  }

  /** Gives back quota and bytes of an upload that will not become a media. */
  async abandon(lease: UploadLease): Promise<void> {
    lease.end();
    await this.database.transaction((tx) => this.quota.release(tx, lease.id));
    await this.deletions.discard(uploadPrefix(lease.id));
  }

  /**
   * Claims quota and place, before the first byte: all that the file is likely to need at once, for
   * uploads that claim bit by bit in an account that is nearly full would take the rest from each other.
   */
  private async open({
    owner,
    expected,
  }: IncomingFile): Promise<{ lease: UploadLease; reservedBytes: number }> {
    const { atLeast, likely } = expected ?? { atLeast: 0, likely: 0 };
    this.assertWithinLimit(atLeast);
    const bytes = Math.min(likely, this.config.maxUploadBytes);
    try {
      return await this.reserve(owner, bytes);
    } catch (error) {
      // The form may hold more beside the file than was guessed.
      if (!(error instanceof DomainError) || atLeast >= bytes) throw error;
      return this.reserve(owner, atLeast);
    }
  }

  private async reserve(
    owner: QuotaOwner,
    reservedBytes: number,
  ): Promise<{ lease: UploadLease; reservedBytes: number }> {
    const ttlMs = this.config.reservationTtlMs;
    const id = newId();
    await this.database.transaction(async (tx) => {
      await this.quota.reserve(tx, id, { owner, bytes: reservedBytes });
      await this.deletions.register(tx, uploadPrefix(id), new Date(Date.now() + ttlMs));
    });
    const lease = new UploadLease(id, owner, { quota: this.quota, deletions: this.deletions, ttlMs });
    return { lease, reservedBytes };
  }
}
