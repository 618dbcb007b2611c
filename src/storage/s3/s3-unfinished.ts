import { isNativeError } from 'node:util/types';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type ListMultipartUploadsRequest,
  type MultipartUpload,
  paginateListParts,
  type S3Client,
} from '@aws-sdk/client-s3';

export interface UnfinishedFilter {
  bucket: string;
  prefix: string;
  /** Only uploads that got nothing since. */
  idleSince?: Date;
}

/**
 * Aborts multipart uploads that were begun and neither completed nor aborted: none on servers that cannot
 * list them. @returns how many
 */
export async function abortUnfinished(client: S3Client, filter: UnfinishedFilter): Promise<number> {
  let count = 0;
  for await (const upload of unfinishedUploads(client, filter)) {
    if (
      filter.idleSince &&
      !(await isIdle(client, upload, { bucket: filter.bucket, since: filter.idleSince }))
    ) {
      continue;
    }
    if (await abort(client, filter.bucket, upload)) count += 1;
  }
  return count;
}

async function* unfinishedUploads(
  client: S3Client,
  { bucket, prefix }: UnfinishedFilter,
): AsyncGenerator<MultipartUpload> {
  let marker: Pick<ListMultipartUploadsRequest, 'KeyMarker' | 'UploadIdMarker'> | null = {};
  while (marker) {
    const page = await listPage(client, { Bucket: bucket, Prefix: prefix, ...marker });
    yield* page?.Uploads ?? [];
    marker = page?.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      : null;
  }
}

/** A page of the list (the SDK has no paginator for it), or null from servers that have no such list. */
async function listPage(
  client: S3Client,
  request: ListMultipartUploadsRequest,
): Promise<ListMultipartUploadsCommandOutput | null> {
  try {
    return await client.send(new ListMultipartUploadsCommand(request));
  } catch (error) {
    if (isNativeError(error) && error.name === 'NotImplemented') return null;
    throw error;
  }
}

async function isIdle(
  client: S3Client,
  upload: MultipartUpload,
  { bucket, since }: { bucket: string; since: Date },
): Promise<boolean> {
  if (!upload.Initiated || upload.Initiated >= since) return false;
  try {
    const input = { Bucket: bucket, Key: upload.Key, UploadId: upload.UploadId };
    for await (const page of paginateListParts({ client }, input)) {
      if (page.Parts?.some((part) => part.LastModified !== undefined && part.LastModified >= since))
        return false;
    }
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function abort(client: S3Client, bucket: string, upload: MultipartUpload): Promise<boolean> {
  try {
    await client.send(
      new AbortMultipartUploadCommand({ Bucket: bucket, Key: upload.Key, UploadId: upload.UploadId }),
    );
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Completed or aborted by another since it was listed. */
function isGone(error: unknown): boolean {
  return isNativeError(error) && error.name === 'NoSuchUpload';
}
