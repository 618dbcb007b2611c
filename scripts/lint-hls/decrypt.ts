import { createDecipheriv } from 'node:crypto';
import { Mp4Problem } from './mp4/boxes.ts';
import type { SegmentKey } from './playlist/segment-key.ts';

/** What an encrypted file of a presentation is read with. */
export interface Sealed {
  key: SegmentKey;
  /** Its media sequence number. */
  number: number;
}

/** The initialization vector of a file: what is said, else its number (RFC 8216bis, 5.2). */
export function vectorOf({ key, number }: Sealed): Buffer {
  if (key.iv) return key.iv;
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64BE(BigInt(number), 8);
  return vector;
}

/** @throws Mp4Problem when it was encrypted with another key or vector, or not at all */
export function decrypt(data: Buffer, secret: Buffer, sealed: Sealed): Buffer {
  if (secret.length !== 16) throw new Mp4Problem(`a key of ${secret.length} bytes`);
  const opening = createDecipheriv('aes-128-cbc', secret, vectorOf(sealed));
  try {
    return Buffer.concat([opening.update(data), opening.final()]);
  } catch {
    throw new Mp4Problem('can not be decrypted by its key');
  }
}
