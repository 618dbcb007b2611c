import { createCipheriv, createHash } from 'node:crypto';

/** A document of so many bytes, the same for the same seed, that is taken for what it says it is. */
export function documentOf(sizeBytes: number, seed: number): Buffer {
  const key = createHash('md5').update(String(seed)).digest();
  const bytes = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
  bytes.write('%PDF-1.7\n', 0, 'latin1');
  return bytes;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
