import { Readable } from 'node:stream';
import { PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { storageErrors } from '../storage.errors.js';

export interface StreamTarget {
  bucket: string;
  key: string;
  /** A part of a multipart upload, instead of an object. */
  part?: { uploadId: string; number: number };
}

export interface SizedSource {
  stream: Readable;
  sizeBytes: number;
  /** Called before the last bytes are let go; when it throws, S3 gets too few and stores nothing. */
  verify?: () => void;
}

interface SizedBody {
  Body: Readable;
  ContentLength: number;
}

/**
 * Streams a source of known size to S3 in one attempt: its bytes can't be had twice, and are neither kept nor hashed.
 * @returns the ETag
 * @throws PIECE_SIZE_MISMATCH, the source's failure, or that of the SDK
 */
export async function sendStream(
  client: S3Client,
  target: StreamTarget,
  source: SizedSource,
): Promise<string> {
  // With a body that is a stream the SDK says UNSIGNED-PAYLOAD, and does not try again.
  const body = Readable.from(exactly(source), { highWaterMark: 1 });
  const broken = new AbortController();
  let failure: { reason: unknown } | null = null;
  // The SDK pipes the body, so that it never hears of its failure and would wait for the rest.
  body.once('error', (reason) => {
    failure ??= { reason };
    broken.abort(reason);
  });
  const content = { Body: body, ContentLength: source.sizeBytes };
  try {
    return await send(client, { target, content }, broken.signal);
  } catch (error) {
    if (failure) throw (failure as { reason: unknown }).reason;
    throw error;
  } finally {
    body.destroy();
  }
}

async function send(
  client: S3Client,
  { target: { bucket, key, part }, content }: { target: StreamTarget; content: SizedBody },
  abortSignal: AbortSignal,
): Promise<string> {
  const object = { Bucket: bucket, Key: key, ...content };
  // No limit of the whole time, for the source may be slow; that of silence holds.
  const options = { abortSignal, requestTimeout: 0 };
  const { ETag = '' } = part
    ? await client.send(
        new UploadPartCommand({ ...object, UploadId: part.uploadId, PartNumber: part.number }),
        options,
      )
    : await client.send(new PutObjectCommand(object), options);
  return ETag;
}

/** The bytes of a source, each chunk only when it is known that there are not too many, the last when it is the last. */
async function* exactly({ stream, sizeBytes, verify }: SizedSource): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  let held: Uint8Array | null = null;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    if (chunk.length === 0) continue;
    left -= chunk.length;
    if (left < 0) throw storageErrors.PIECE_SIZE_MISMATCH();
    if (held) yield held;
    held = chunk;
  }
  if (left > 0) throw storageErrors.PIECE_SIZE_MISMATCH();
  verify?.();
  if (held) yield held;
}
