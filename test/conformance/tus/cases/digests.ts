import { createHash, getHashes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The value of Upload-Checksum for a body; null for an algorithm that this suite can not compute. */
export function checksumOf(algorithm: string, body: Buffer): string | null {
  if (algorithm === 'crc32') {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return `crc32 ${sum.toString('base64')}`;
  }
  if (!getHashes().includes(algorithm)) return null;
  return `${algorithm} ${createHash(algorithm).update(body).digest('base64')}`;
}

export function sha1Of(body: Buffer): string {
  return `sha1 ${createHash('sha1').update(body).digest('base64')}`;
}
