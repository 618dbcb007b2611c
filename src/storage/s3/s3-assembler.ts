import type { Readable } from 'node:stream';
import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { DomainError } from '../../common/index.js';
import type { StorageConfig } from '../../config/index.js';
import {
  type AppendRequest,
  Assembler,
  type Assembly,
  type DirectPiece,
  type Piece,
  type PieceSlot,
  type PresignPieceOptions,
  type PutPieceOptions,
} from '../assembler.js';
import {
  assertNumber,
  assertSlot,
  assertToken,
  piecesInOrder,
  piecesPrefix,
  totalBytes,
} from '../assembly-pieces.js';
import type { StoredObject } from '../object-store.js';
import { PutSource } from '../put-source.js';
import { storageErrors } from '../storage.errors.js';
import { S3Append } from './s3-append.js';
import { S3Assembly } from './s3-assembly.js';
import { createS3Clients, defaultS3Tuning, type S3Tuning } from './s3-client.js';
import { completeAssembly } from './s3-complete.js';
import { isObjectMissing, s3Failure, translated } from './s3-failure.js';
import { keeperKey } from './s3-keeper.js';
import { directPiece, listParts } from './s3-list-parts.js';
import { assertPartNumber, formatReceipt, fromPiece, parseReceipt, partReceipt } from './s3-receipt.js';
import { sendStream } from './s3-stream.js';

/**
 * Pieces as parts of a multipart upload, which becomes the object by its last request. What can't be a part, for it
 * is too small or somebody else may put the same number, is an object beside it until then.
 */
export class S3Assembler extends Assembler {
  override readonly canPresign = true;
  override readonly failsForGood = false;
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

  override async begin(key: string, options: { contentType?: string } = {}): Promise<string> {
    piecesPrefix(key);
    const handle = await translated(async () => {
      const { UploadId = '' } = await this.client.send(
        new CreateMultipartUploadCommand({ Bucket: this.bucket, Key: key, ContentType: options.contentType }),
      );
      return UploadId;
    });
    const assembly = this.at({ key, handle });
    try {
      await assembly.putHelper(
        keeperKey(key, handle) ?? '',
        Buffer.from('an upload that may be idle for long\n'),
      );
    } catch (error) {
      // What can't be aborted now is swept later; the first failure is the one to tell.
      await assembly.abort().catch(() => undefined);
      throw error;
    }
    return handle;
  }

  override async putPiece(
    { key, handle }: Assembly,
    slot: PieceSlot,
    source: Readable,
    options: PutPieceOptions = {},
  ): Promise<string> {
    const guarded = new PutSource(source, options.signal);
    try {
      assertSlot(slot);
      assertPartNumber(slot.number);
      const { number, sizeBytes, attempt } = slot;
      const sized = { stream: guarded.stream, sizeBytes, ...(options.verify && { verify: options.verify }) };
      if (slot.exclusive) {
        const target = { bucket: this.bucket, key, part: { uploadId: handle, number } };
        return formatReceipt(partReceipt(number, await sendStream(this.client, target, sized)));
      }
      // Not under its number: a part that counts would be lost when this one does not come to count, and this one
      // when an older attempt gets through after it.
      const value = `${piecesPrefix(key)}p${number}-${attempt}`;
      await sendStream(this.client, { bucket: this.bucket, key: value }, sized);
      return formatReceipt({ kind: 'copy', number, reserved: number, open: false, value });
    } catch (error) {
      throw guarded.fail(error, s3Failure);
    }
  }

  override async dropPiece(assembly: Assembly, receipt: string): Promise<void> {
    const { kind, value } = parseReceipt(receipt);
    if (kind === 'copy' || kind === 'tail') await this.at(assembly).deleteHelper(value);
  }

  override async append(assembly: Assembly, request: AppendRequest): Promise<void> {
    assertToken(request.writer);
    await new S3Append(this.at(assembly), request, this.tuning).run();
  }

  override async assemble(assembly: Assembly, pieces: readonly Piece[]): Promise<StoredObject> {
    const { key } = assembly;
    const ordered = piecesInOrder(pieces);
    const sizeBytes = totalBytes(ordered);
    const upload = this.at(assembly);
    try {
      await completeAssembly(this.client, upload, { pieces: ordered.map(fromPiece), tuning: this.tuning });
    } catch (error) {
      // Upload and helpers are gone when an earlier assembly, or one at the same time, got further; an answer can
      // also have been lost.
      if ((await this.sizeOf(key)) !== sizeBytes) throw asDiscarded(error);
    }
    await upload.deleteHelpers();
    return { key, sizeBytes };
  }

  override async abandon(assembly: Assembly): Promise<void> {
    const upload = this.at(assembly);
    await upload.abort();
    await upload.deleteHelpers();
  }

  override async presignPiece({ key, handle }: Assembly, piece: PresignPieceOptions): Promise<string> {
    assertNumber(piece.number);
    assertPartNumber(piece.number);
    const command = new UploadPartCommand({
      ...this.at({ key, handle }).upload(),
      PartNumber: piece.number,
      ContentLength: piece.sizeBytes,
    });
    return getSignedUrl(this.presigner, command, {
      expiresIn: piece.expiresInSeconds,
      signableHeaders: new Set(['host', 'content-length']),
    });
  }

  override async listPieces(assembly: Assembly): Promise<DirectPiece[] | null> {
    return translated(() => listParts(this.client, this.at(assembly).upload()));
  }

  override directPiece(put: Omit<DirectPiece, 'receipt'>): DirectPiece {
    return directPiece(put);
  }

  private at({ key, handle }: Assembly): S3Assembly {
    return new S3Assembly(this.client, { bucket: this.bucket, key, uploadId: handle });
  }

  private async sizeOf(key: string): Promise<number | null> {
    try {
      const head = await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      return head.ContentLength ?? 0;
    } catch (error) {
      if (isObjectMissing(error)) return null;
      throw s3Failure(error);
    }
  }
}

/** A piece that is gone is not the object that a client asked for. */
function asDiscarded(error: unknown): unknown {
  const missing = error instanceof DomainError && error.code === 'OBJECT_NOT_FOUND';
  return missing ? storageErrors.OBJECT_DISCARDED(undefined, { cause: error }) : error;
}
