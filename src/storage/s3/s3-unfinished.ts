import { isNativeError } from 'node:util/types';
import {
  AbortMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type ListMultipartUploadsRequest,
  ListPartsCommand,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isObjectMissing } from './s3-failure.js';
import { keeperKey } from './s3-keeper.js';

export interface UnfinishedFilter {
  bucket: string;
  prefix: string;
  /** Only uploads that got nothing since. */
  idleSince?: Date;
}

/**
 * Aborts multipart uploads that were begun and neither completed nor aborted: none on servers that cannot
 * list them. With `idleSince`, assemblies are left alone. @returns how many
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
    // A server that does not know this list may answer with that of the objects, which has no markers.
    marker =
      page?.IsTruncated && page.NextKeyMarker
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
  if (!upload.Initiated || upload.Initiated >= since || (await isKept(client, bucket, upload))) return false;
  try {
    let PartNumberMarker: string | undefined;
    // Not the SDK's paginator: some servers give a next marker with the last page too, and it goes on for ever.
    do {
      const page = await client.send(
        new ListPartsCommand({
          Bucket: bucket,
          Key: upload.Key,
          UploadId: upload.UploadId,
          PartNumberMarker,
        }),
      );
      if (page.Parts?.some(({ LastModified }) => LastModified && LastModified >= since)) return false;
      PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (PartNumberMarker);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** True for an assembly: how long that may be idle is not for the store to say. */
async function isKept(
  client: S3Client,
  bucket: string,
  { Key, UploadId }: MultipartUpload,
): Promise<boolean> {
  const keeper = Key !== undefined && UploadId !== undefined ? keeperKey(Key, UploadId) : null;
  if (keeper === null) return false;
  try {
    await client.send(new HeadObjectCommand({ Bucket: bucket, Key: keeper }));
    return true;
  } catch (error) {
    if (isObjectMissing(error)) return false;
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
export function isGone(error: unknown): boolean {
  return isNativeError(error) && error.name === 'NoSuchUpload';
}
