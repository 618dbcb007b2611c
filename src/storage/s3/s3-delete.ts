import {
  DeleteObjectsCommand,
  paginateListObjectsV2,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import { storageUnavailable } from '../storage.errors.js';

/** Deletes all objects whose key starts with a prefix. @returns how many there were */
export async function deleteByPrefix(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
): Promise<number> {
  let count = 0;
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client },
    { Bucket: bucket, Prefix: prefix },
  )) {
    const page = Contents.flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    await deletePage(client, bucket, page);
    count += Contents.length;
  }
  return count;
}

async function deletePage(client: S3Client, bucket: string, Objects: ObjectIdentifier[]): Promise<void> {
  if (Objects.length === 0) return;
  const { Errors = [] } = await client.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
  );
  if (Errors.length > 0) throw storageUnavailable(Errors[0]);
}
