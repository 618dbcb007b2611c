import { isNativeError } from 'node:util/types';
import { ListPartsCommand, type ListPartsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { DirectPiece } from '../assembler.js';
import { isObjectMissing } from './s3-failure.js';
import { partReceipt, toPiece } from './s3-receipt.js';

interface Upload {
  Bucket: string;
  Key: string;
  UploadId: string;
}

/** The parts of a multipart upload, in order; null on servers that can't list them. */
export async function listParts(client: S3Client, upload: Upload): Promise<DirectPiece[] | null> {
  const pieces: DirectPiece[] = [];
  let PartNumberMarker: string | undefined;
  // Not the SDK's paginator: some servers give a next marker with the last page too, and it goes on for ever.
  do {
    const page = await listPage(client, { ...upload, PartNumberMarker });
    if (!page) return null;
    for (const { PartNumber = 0, Size = 0, ETag = '' } of page.Parts ?? []) {
      pieces.push(directPiece({ number: PartNumber, sizeBytes: Size, etag: ETag }));
    }
    PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (PartNumberMarker);
  return pieces.sort((a, b) => a.number - b.number);
}

/** A part as its client was answered. */
export function directPiece({ number, sizeBytes, etag }: Omit<DirectPiece, 'receipt'>): DirectPiece {
  const bare = etag.replaceAll('"', '');
  return { ...toPiece({ number, sizeBytes, receipt: partReceipt(number, `"${bare}"`) }), etag: bare };
}

async function listPage(
  client: S3Client,
  request: Upload & { PartNumberMarker: string | undefined },
): Promise<ListPartsCommandOutput | null> {
  try {
    return await client.send(new ListPartsCommand(request));
  } catch (error) {
    // A server that does not know this list takes the request for that of the object.
    if ((isNativeError(error) && error.name === 'NotImplemented') || isObjectMissing(error)) return null;
    throw error;
  }
}
