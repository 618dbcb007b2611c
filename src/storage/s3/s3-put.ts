import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3Tuning } from './s3-client.js';

export interface PutTarget {
  bucket: string;
  key: string;
  contentType?: string | undefined;
}

/**
 * Streams a source of unknown length into an object, in parts when it does not fit into one.
 * Resolves to its size once S3 has it whole; rejects after the unfinished upload is aborted.
 */
export async function putStream(
  client: S3Client,
  target: PutTarget,
  { source, tuning }: { source: Readable; tuning: S3Tuning },
): Promise<number> {
  let sizeBytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.byteLength;
      yield chunk;
    }
  }
  // Upload.abort() is not used: it rejects at once while a last request may still make the object visible.
  // A source that fails makes Upload end its parts, abort the upload at the server and only then reject.
  const upload = new Upload({
    client,
    params: {
      Bucket: target.bucket,
      Key: target.key,
      ContentType: target.contentType,
      Body: Readable.from(counted()),
    },
    partSize: tuning.partSizeBytes,
    queueSize: tuning.partsAtOnce,
  });
  await upload.done();
  return sizeBytes;
}
