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
import type { UnfinishedObject } from '../object-store.js';
import { isObjectMissing, s3Failure } from './s3-failure.js';
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

/** Multipart uploads that were begun and neither completed nor aborted; null on servers that cannot list them. */
export async function listUnfinished(
  client: S3Client,
  { bucket, prefix }: UnfinishedFilter,
): Promise<AsyncIterable<UnfinishedObject> | null> {
  const first = await listPage(client, { Bucket: bucket, Prefix: prefix });
  // A server that does not know this list may answer with that of the objects, which does not name its bucket so.
  if (first?.Bucket === undefined && !first?.Uploads) return null;
  return unfinishedObjects(client, { bucket, prefix, first });
}

async function* unfinishedObjects(
  client: S3Client,
  { bucket, prefix, first }: PageWalk,
): AsyncGenerator<UnfinishedObject> {
  try {
    for await (const { Key: key = '', UploadId: handle = '' } of pagesFrom(client, {
      bucket,
      prefix,
      first,
    })) {
      yield { key, handle };
    }
  } catch (error) {
    throw s3Failure(error);
  }
}

async function* unfinishedUploads(
  client: S3Client,
  { bucket, prefix }: UnfinishedFilter,
): AsyncGenerator<MultipartUpload> {
  const first = await listPage(client, { Bucket: bucket, Prefix: prefix });
  yield* pagesFrom(client, { bucket, prefix, first });
}

interface PageWalk {
  bucket: string;
  prefix: string;
  first: ListMultipartUploadsCommandOutput | null;
}

async function* pagesFrom(
  client: S3Client,
  { bucket, prefix, first }: PageWalk,
): AsyncGenerator<MultipartUpload> {
  let page = first;
  for (;;) {
    yield* page?.Uploads ?? [];
    // The list of the objects, from a server that does not know this one, has no markers.
    if (!page?.IsTruncated || !page.NextKeyMarker) return;
    page = await listPage(client, {
      Bucket: bucket,
      Prefix: prefix,
      KeyMarker: page.NextKeyMarker,
      UploadIdMarker: page.NextUploadIdMarker,
    });
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
