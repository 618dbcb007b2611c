import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** RFC 8216bis, 4.4.4.4, METHOD=AES-128: whole segments, padded as PKCS #7 says. */
const cipher = 'aes-128-cbc';
const blockBytes = 16;

/** What one segment is encrypted with. */
export interface SegmentKey {
  /** Of the rendition; 16 bytes. */
  key: Buffer;
  /** Of the segment, from 1: its media sequence number, which is the initialization vector (RFC 8216bis, 5.2). */
  number: number;
}

/** What the keys of all renditions of a processing run follow from. */
export function newStreamSecret(): Buffer {
  return randomBytes(32);
}

/**
 * The key of a rendition (HKDF, RFC 5869). Each has its own: segments of different renditions have the same numbers,
 * and no key may meet an initialization vector twice.
 */
export function renditionKey(secret: Buffer, rendition: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `hls aes-128 ${rendition}`, 16));
}

/** Size of a segment that is encrypted: there is always padding. */
export function sealedSize(sizeBytes: number): number {
  return sizeBytes + blockBytes - (sizeBytes % blockBytes);
}

/** Encrypts a segment while it is read. */
export async function* sealSegment(
  source: AsyncIterable<Buffer>,
  { key, number }: SegmentKey,
): AsyncGenerator<Buffer> {
  const sealing = createCipheriv(cipher, key, vectorOf(number));
  for await (const chunk of source) yield sealing.update(chunk);
  yield sealing.final();
}

/** Decrypts a segment while it is read. @throws Error at its end, when it was encrypted otherwise or is cut */
export async function* openSegment(
  source: AsyncIterable<Buffer>,
  { key, number }: SegmentKey,
): AsyncGenerator<Buffer> {
  const opening = createDecipheriv(cipher, key, vectorOf(number));
  for await (const chunk of source) yield opening.update(chunk);
  yield opening.final();
}

function vectorOf(number: number): Buffer {
  const vector = Buffer.alloc(blockBytes);
  vector.writeBigUInt64BE(BigInt(number), blockBytes - 8);
  return vector;
}
