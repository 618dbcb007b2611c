import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { StorageConfig } from '../../config/index.js';
import {
  type ByteRange,
  type ObjectHead,
  ObjectStore,
  type PresignGetOptions,
  type PresignManyOptions,
  type PresignPutOptions,
  type PutOptions,
  type StoredObject,
  type UnfinishedObject,
} from '../object-store.js';
import { PutSource } from '../put-source.js';
import { assertKey, assertPrefix, assertRange } from '../storage-key.js';
import { storageUnavailable } from '../storage.errors.js';
import { createS3Clients, defaultS3Tuning, type S3Tuning } from './s3-client.js';
import { copyObject } from './s3-copy.js';
import { deleteByPrefix } from './s3-delete.js';
import { isObjectMissing, s3Failure, translated } from './s3-failure.js';
import { presignMany } from './s3-presign.js';
import { putStream } from './s3-put.js';
import { abortUnfinished, listUnfinished } from './s3-unfinished.js';

/** Written by readiness checks; not a key, so `list` leaves it out. */
const CHECK_KEY = '.check';

/**
 * Objects in one bucket of S3 or of a server that speaks its protocol. Puts larger than a part are multipart
 * uploads, which become visible by their last request; their largest size is 10,000 parts.
 */
export class S3ObjectStore extends ObjectStore {
  override readonly canPresign = true;
  private readonly bucket: string;
  private readonly client: S3Client;
  private readonly presigner: S3Client;
  private readonly tuning: S3Tuning;

  constructor(config: StorageConfig['s3'], tuning: Partial<S3Tuning> = {}) {
    super();
    this.tuning = { ...defaultS3Tuning, ...tuning };
    this.bucket = config.bucket;
    ({ client: this.client, presigner: this.presigner } = createS3Clients(config, this.tuning));
  }

  override async put(key: string, source: Readable, options: PutOptions = {}): Promise<StoredObject> {
    const guarded = new PutSource(source, options.signal);
    try {
      assertKey(key);
      const target = { bucket: this.bucket, key, contentType: options.contentType };
      return {
        key,
        sizeBytes: await putStream(this.client, target, { source: guarded.stream, tuning: this.tuning }),
      };
    } catch (error) {
      throw guarded.fail(error, s3Failure);
    }
  }

  override async get(key: string, range?: ByteRange): Promise<Readable> {
    const Range = range && rangeHeader(range);
    return translated(async () => {
      const { Body } = await this.client.send(new GetObjectCommand({ ...this.object(key), Range }));
      if (!(Body instanceof Readable)) throw new TypeError('the SDK gave no Node stream');
      return Body;
    });
  }

  override async localPath(): Promise<null> {
    return null;
  }

  override async head(key: string): Promise<ObjectHead | null> {
    try {
      const head = await this.client.send(new HeadObjectCommand(this.object(key)));
      return { key, sizeBytes: head.ContentLength ?? 0, lastModified: head.LastModified ?? new Date(0) };
    } catch (error) {
      if (isObjectMissing(error)) return null;
      throw s3Failure(error);
    }
  }

  override async copy(from: string, to: string): Promise<void> {
    assertKey(from);
    assertKey(to);
    // S3 refuses to copy an object onto itself.
    if (from === to && (await this.head(from))) return;
    const { bucket, tuning } = this;
    const { singleCopyLimitBytes } = tuning;
    await translated(() => copyObject(this.client, { bucket, from, to, singleCopyLimitBytes }));
  }

  override async promote(from: string, to: string): Promise<void> {
    try {
      await this.copy(from, to);
    } catch (error) {
      // Absent by now: an earlier promotion, or one at the same time, got further.
      if ((await this.head(from)) || !(await this.head(to))) throw error;
    }
    if (from !== to) await this.delete(from);
  }

  override async delete(key: string): Promise<void> {
    await translated(() => this.client.send(new DeleteObjectCommand(this.object(key))));
  }

  override async deletePrefix(prefix: string): Promise<number> {
    assertPrefix(prefix);
    return translated(async () => {
      // First, so that an upload that gets through has completed before the list begins.
      await abortUnfinished(this.client, { bucket: this.bucket, prefix });
      return deleteByPrefix(this.client, { bucket: this.bucket, prefix });
    });
  }

  override async *list(prefix: string): AsyncGenerator<ObjectHead> {
    if (prefix !== '') assertPrefix(prefix);
    try {
      const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: prefix });
      for await (const { Contents = [] } of pages) {
        for (const { Key = '', Size = 0, LastModified = new Date(0) } of Contents) {
          if (!Key.startsWith('.')) yield { key: Key, sizeBytes: Size, lastModified: LastModified };
        }
      }
    } catch (error) {
      throw s3Failure(error);
    }
  }

  override async sweepUnfinished(olderThanMs: number): Promise<number> {
    const idleSince = new Date(Date.now() - olderThanMs);
    return translated(() => abortUnfinished(this.client, { bucket: this.bucket, prefix: '', idleSince }));
  }

  override async listUnfinished(prefix: string): Promise<AsyncIterable<UnfinishedObject> | null> {
    if (prefix !== '') assertPrefix(prefix);
    return translated(() => listUnfinished(this.client, { bucket: this.bucket, prefix }));
  }

  override async presignGet(key: string, options: PresignGetOptions): Promise<string> {
    const command = new GetObjectCommand({
      ...this.object(key),
      ResponseContentType: options.contentType,
      ResponseContentDisposition: options.contentDisposition,
    });
    return getSignedUrl(this.presigner, command, { expiresIn: options.expiresInSeconds });
  }

  override async presignGets(keys: readonly string[], options: PresignManyOptions): Promise<string[]> {
    for (const key of keys) assertKey(key);
    return presignMany(this.presigner, { bucket: this.bucket, keys, ...options });
  }

  override async presignPut(key: string, options: PresignPutOptions): Promise<string> {
    const command = new PutObjectCommand({
      ...this.object(key),
      ContentType: options.contentType,
      ContentLength: options.sizeBytes,
    });
    return getSignedUrl(this.presigner, command, {
      expiresIn: options.expiresInSeconds,
      // The presigner leaves Content-Type unsigned, so free to choose, unless told.
      signableHeaders: new Set(['host', 'content-type', 'content-length']),
    });
  }

  override async check(signal: AbortSignal): Promise<void> {
    const target = { Bucket: this.bucket, Key: CHECK_KEY };
    await translated(async () => {
      await this.client.send(new PutObjectCommand({ ...target, Body: 'ok' }), { abortSignal: signal });
      const { Body } = await this.client.send(new GetObjectCommand(target), { abortSignal: signal });
      if ((await Body?.transformToString()) !== 'ok')
        throw storageUnavailable(new Error('other bytes came back'));
    });
  }

  private object(key: string): { Bucket: string; Key: string } {
    assertKey(key);
    return { Bucket: this.bucket, Key: key };
  }
}

function rangeHeader(range: ByteRange): string {
  assertRange(range);
  return `bytes=${range.start}-${range.end}`;
}
