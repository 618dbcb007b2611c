import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { partErrors } from './parts.errors.js';

/** The checksum of a part, as the request gives it: Content-MD5 (RFC 1864) or, as S3 names it, x-amz-checksum-sha256. */
export class PartChecksum {
  private readonly md5: Hash | null;

  private constructor(private readonly expected: { md5: Buffer | null; sha256: Buffer | null }) {
    this.md5 = expected.md5 && createHash('md5');
  }

  /** @throws UPLOAD_PART_CHECKSUM_INVALID */
  static of(headers: IncomingHttpHeaders): PartChecksum {
    return new PartChecksum({
      md5: digestOf(headers, 'content-md5', 16),
      sha256: digestOf(headers, 'x-amz-checksum-sha256', 32),
    });
  }

  /** The bytes of the part, looked at as they pass. */
  async *pass(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.md5?.update(chunk);
      yield chunk;
    }
  }

  /**
   * To be called once, when all bytes have passed.
   * @param sha256 of the same bytes, hex
   * @throws UPLOAD_PART_CHECKSUM_MISMATCH
   */
  verify(sha256: string): void {
    const { expected } = this;
    const wrong =
      (expected.md5 && this.md5?.digest().equals(expected.md5) === false) ||
      (expected.sha256 && expected.sha256.toString('hex') !== sha256);
    if (wrong) throw partErrors.UPLOAD_PART_CHECKSUM_MISMATCH();
  }
}

function digestOf(headers: IncomingHttpHeaders, name: string, bytes: number): Buffer | null {
  const value = headers[name];
  if (value === undefined) return null;
  const digest = Buffer.from(String(value), 'base64');
  if (digest.length !== bytes || digest.toString('base64') !== value) {
    throw partErrors.UPLOAD_PART_CHECKSUM_INVALID(`${name} must be a digest in base64`);
  }
  return digest;
}
