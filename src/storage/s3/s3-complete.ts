import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import type { S3Assembly } from './s3-assembly.js';
import { atOnce } from './s3-at-once.js';
import { MAX_PARTS, type S3Tuning } from './s3-client.js';
import { copySource } from './s3-copy.js';
import { translated } from './s3-failure.js';
import { assertPartNumber, type S3Piece } from './s3-receipt.js';
import { sendStream } from './s3-stream.js';

/**
 * Makes the object of pieces, which are in order.
 * @throws OBJECT_DISCARDED, PIECE_REPLACED, TOO_MANY_PIECES
 */
export async function completeAssembly(
  client: S3Client,
  assembly: S3Assembly,
  { pieces, tuning }: { pieces: readonly S3Piece[]; tuning: S3Tuning },
): Promise<void> {
  const numbers = partNumbers(pieces, tuning.partsAtOnce);
  const parts: CompletedPart[] = [];
  await atOnce(tuning.partsAtOnce, pieces, async (piece, index) => {
    const number = numbers[index] ?? 0;
    parts[index] = { PartNumber: number, ETag: await toPart(client, assembly, { piece, number, tuning }) };
  });
  await translated(() =>
    client.send(
      new CompleteMultipartUploadCommand({ ...assembly.upload(), MultipartUpload: { Parts: parts } }),
    ),
  );
}

/**
 * The part number of each piece.
 * @throws TOO_MANY_PIECES
 */
export function partNumbers(pieces: readonly S3Piece[], partsAtOnce: number): number[] {
  // Above all that an older writer may still put, where that is possible.
  const taken = Math.max(...pieces.map(({ receipt }) => receipt.reserved));
  const free = Math.min(taken + partsAtOnce + 1, Math.max(taken + 1, MAX_PARTS));
  const numbers = pieces.map(({ number, receipt }) => {
    if (receipt.kind === 'part') return receipt.number;
    return receipt.kind === 'tail' ? free : number;
  });
  for (const [index, number] of numbers.entries()) {
    assertPartNumber(number);
    if (number <= (numbers[index - 1] ?? 0))
      throw new RangeError('pieces are not in the order of their parts');
  }
  return numbers;
}

/** Makes a part of a piece that is none yet. @returns its ETag */
async function toPart(
  client: S3Client,
  assembly: S3Assembly,
  { piece, number, tuning }: { piece: S3Piece; number: number; tuning: S3Tuning },
): Promise<string> {
  const { kind, value } = piece.receipt;
  if (kind === 'part') return value;
  if (kind === 'tail') return assembly.uploadPart(number, Buffer.from(await assembly.readTail(piece)));
  if (piece.sizeBytes <= tuning.singleCopyLimitBytes)
    return copyPart(client, assembly, { key: value, number });
  return relayPart(client, assembly, { piece, number });
}

async function copyPart(
  client: S3Client,
  assembly: S3Assembly,
  { key, number }: { key: string; number: number },
): Promise<string> {
  const { CopyPartResult } = await translated(() =>
    client.send(
      new UploadPartCopyCommand({
        ...assembly.upload(),
        PartNumber: number,
        CopySource: copySource(assembly.target.bucket, key),
      }),
    ),
  );
  return CopyPartResult?.ETag ?? '';
}

/** A part too large for a server that moves the bytes before it answers goes through this process. */
async function relayPart(
  client: S3Client,
  assembly: S3Assembly,
  { piece, number }: { piece: S3Piece; number: number },
): Promise<string> {
  const { bucket, uploadId, key } = assembly.target;
  return translated(async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: piece.receipt.value }));
    if (!(Body instanceof Readable)) throw new TypeError('the SDK gave no Node stream');
    const source = { stream: Body, sizeBytes: piece.sizeBytes };
    return sendStream(client, { bucket, key, part: { uploadId, number } }, source);
  });
}
