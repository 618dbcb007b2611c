import { createHash } from 'node:crypto';
import { SNIFF_BYTES } from '../../security/index.js';

/** What a file is seen to be. */
export interface StoredFacts {
  /** The first SNIFF_BYTES, or all. */
  head: Buffer;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
}

/** Looks at bytes as they pass. */
export class Inspection {
  private readonly hash = createHash('sha256');
  private readonly head: Buffer[] = [];
  private sizeBytes = 0;

  /** @param judge sees the first SNIFF_BYTES before the last of them have passed; what it throws ends the stream */
  constructor(private readonly judge: (head: Buffer) => Promise<unknown> = () => Promise.resolve()) {}

  async *pass(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.hash.update(chunk);
      if (this.sizeBytes < SNIFF_BYTES) {
        this.head.push(chunk.subarray(0, SNIFF_BYTES - this.sizeBytes));
        if (this.sizeBytes + chunk.length >= SNIFF_BYTES) await this.judge(Buffer.concat(this.head));
      }
      this.sizeBytes += chunk.length;
      yield chunk;
    }
  }

  /** To be asked once, when all have passed. */
  facts(): StoredFacts {
    return { head: Buffer.concat(this.head), sizeBytes: this.sizeBytes, sha256: this.hash.digest('hex') };
  }
}

/** Looks at all bytes of a stream. */
export async function inspect(source: AsyncIterable<Buffer>): Promise<StoredFacts> {
  const inspection = new Inspection();
  for await (const _ of inspection.pass(source));
  return inspection.facts();
}
