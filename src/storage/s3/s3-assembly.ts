import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { piecesPrefix } from '../assembly-pieces.js';
import { storageErrors } from '../storage.errors.js';
import { deleteByPrefix } from './s3-delete.js';
import { isObjectMissing, translated } from './s3-failure.js';
import { assertPartNumber, type S3Piece } from './s3-receipt.js';
import { isGone } from './s3-unfinished.js';

/** A multipart upload with its helper objects, and the requests that are made for it. */
export class S3Assembly {
  readonly prefix: string;

  /** @throws INVALID_STORAGE_KEY */
  constructor(
    private readonly client: S3Client,
    readonly target: { bucket: string; key: string; uploadId: string },
  ) {
    this.prefix = piecesPrefix(target.key);
  }

  /** @returns the part's ETag @throws TOO_MANY_PIECES */
  async uploadPart(number: number, Body: Buffer, abortSignal?: AbortSignal): Promise<string> {
    assertPartNumber(number);
    const command = new UploadPartCommand({ ...this.upload(), PartNumber: number, Body });
    const { ETag = '' } = await translated(() =>
      this.client.send(command, { ...(abortSignal && { abortSignal }) }),
    );
    return ETag;
  }

  /** Stores a helper object. */
  async putHelper(key: string, Body: Buffer, abortSignal?: AbortSignal): Promise<void> {
    const command = new PutObjectCommand({ Bucket: this.target.bucket, Key: key, Body });
    await translated(() => this.client.send(command, { ...(abortSignal && { abortSignal }) }));
  }

  async deleteHelper(key: string): Promise<void> {
    await translated(() =>
      this.client.send(new DeleteObjectCommand({ Bucket: this.target.bucket, Key: key })),
    );
  }

  /** The bytes of a piece that is too small for a part. @throws OBJECT_DISCARDED when they are gone */
  async readTail({ receipt, sizeBytes }: S3Piece): Promise<Uint8Array> {
    const command = new GetObjectCommand({ Bucket: this.target.bucket, Key: receipt.value });
    const bytes = await translated(async () => {
      try {
        const { Body } = await this.client.send(command);
        return await Body?.transformToByteArray();
      } catch (error) {
        if (isObjectMissing(error)) throw storageErrors.OBJECT_DISCARDED(undefined, { cause: error });
        throw error;
      }
    });
    if (bytes?.length !== sizeBytes) {
      throw storageErrors.OBJECT_DISCARDED(undefined, {
        cause: new Error(`${receipt.value} has ${bytes?.length} bytes`),
      });
    }
    return bytes;
  }

  /** Ends the multipart upload; one that is gone already is fine. */
  async abort(): Promise<void> {
    await translated(async () => {
      try {
        await this.client.send(new AbortMultipartUploadCommand(this.upload()));
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    });
  }

  async deleteHelpers(): Promise<void> {
    const { bucket } = this.target;
    await translated(() => deleteByPrefix(this.client, { bucket, prefix: this.prefix }));
  }

  /** What every request of the multipart upload names. */
  upload(): { Bucket: string; Key: string; UploadId: string } {
    const { bucket, key, uploadId } = this.target;
    return { Bucket: bucket, Key: key, UploadId: uploadId };
  }
}
