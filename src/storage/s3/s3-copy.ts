import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { atOnce } from './s3-at-once.js';

const PARTS_AT_ONCE = 4;
const MAX_PARTS = 10_000;

export interface CopyJob {
  bucket: string;
  from: string;
  to: string;
  /** Larger objects are copied in parts of half this size. */
  singleCopyLimitBytes: number;
}

/** Copies an object of any size within a bucket, by the server. */
export async function copyObject(client: S3Client, job: CopyJob): Promise<void> {
  const head = await client.send(new HeadObjectCommand({ Bucket: job.bucket, Key: job.from }));
  if ((head.ContentLength ?? 0) > job.singleCopyLimitBytes) {
    await copyInParts(client, job, head);
  } else {
    await client.send(
      new CopyObjectCommand({
        Bucket: job.bucket,
        Key: job.to,
        CopySource: copySource(job.bucket, job.from),
      }),
    );
  }
}

async function copyInParts(client: S3Client, job: CopyJob, head: HeadObjectCommandOutput): Promise<void> {
  const target = { Bucket: job.bucket, Key: job.to };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...target, ContentType: head.ContentType }),
  );
  try {
    const Parts = await copyParts(client, job, { head, uploadId: UploadId });
    await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
  } catch (error) {
    // What can't be aborted now is swept later; the first failure is the one to tell.
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function copyParts(
  client: S3Client,
  job: CopyJob,
  { head, uploadId }: { head: HeadObjectCommandOutput; uploadId: string | undefined },
): Promise<CompletedPart[]> {
  const ranges = partRanges(head.ContentLength ?? 0, Math.floor(job.singleCopyLimitBytes / 2));
  const parts: CompletedPart[] = [];
  // All of them must have stopped before the upload may be aborted, or a late part would stay.
  await atOnce(PARTS_AT_ONCE, ranges, async (range, index) => {
    const PartNumber = index + 1;
    const { CopyPartResult } = await client.send(
      new UploadPartCopyCommand({
        Bucket: job.bucket,
        Key: job.to,
        UploadId: uploadId,
        PartNumber,
        CopySource: copySource(job.bucket, job.from),
        CopySourceRange: range,
        // All parts from the same version of the source.
        CopySourceIfMatch: head.ETag,
      }),
    );
    parts[index] = { PartNumber, ETag: CopyPartResult?.ETag };
  });
  return parts;
}

/** `bytes=a-b` for each part: of the given size, or larger where there would be more than 10,000. */
export function partRanges(sizeBytes: number, partSizeBytes: number): string[] {
  const partSize = Math.max(partSizeBytes, Math.ceil(sizeBytes / MAX_PARTS));
  const count = Math.ceil(sizeBytes / partSize);
  return Array.from({ length: count }, (_, index) => {
    const start = index * partSize;
    return `bytes=${start}-${Math.min(start + partSize, sizeBytes) - 1}`;
  });
}

/** CopySource must be URL-encoded, but for its slashes. */
export function copySource(bucket: string, key: string): string {
  return [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
}
