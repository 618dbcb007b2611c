import { createCipheriv } from 'node:crypto';
import type { AppendRequest, Assembly, Piece } from '../../src/storage/index.js';

const MEBIBYTE = 1024 ** 2;

/** What a service keeps of an assembly in its database, with the fence that lets only the newest writer change it. */
export class AssemblyRows {
  readonly pieces = new Map<number, Piece>();
  /** Offsets that were told, in order. */
  readonly offsets: number[] = [];
  private newest = 0;
  private free = true;
  /** Tokens of the writers that tell something at the moment. */
  private readonly telling = new Set<number>();

  constructor(readonly assembly: Assembly) {}

  get offset(): number {
    return this.list().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  list(): Piece[] {
    return [...this.pieces.values()].sort((a, b) => a.number - b.number);
  }

  /** Everything of a request but its source, for a writer that is the newest from now on. */
  acquire(): Omit<AppendRequest, 'source'> & { letGo: () => void } {
    this.newest += 1;
    const token = this.newest;
    const continuable = this.free;
    this.free = false;
    return {
      pieces: this.list(),
      writer: String(token),
      continuable,
      onDurable: (pieces) => this.tell(token, pieces),
      letGo: () => {
        if (token === this.newest) this.free = true;
      },
    };
  }

  private async tell(token: number, pieces: readonly Piece[]): Promise<void> {
    if (this.telling.has(token)) throw new Error('told twice at once');
    if (token !== this.newest) throw new TakenOver();
    this.telling.add(token);
    try {
      await new Promise(setImmediate);
      if (token !== this.newest) throw new TakenOver();
      const before = this.offset;
      for (const piece of pieces) this.pieces.set(piece.number, piece);
      if (this.offset < before) throw new Error(`the offset went from ${before} down to ${this.offset}`);
      this.offsets.push(this.offset);
    } finally {
      this.telling.delete(token);
    }
  }
}

export class TakenOver extends Error {}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Bytes of which every place can be told from all others. */
export function patternedBytes(sizeBytes: number, seed = 1): Buffer {
  const key = Buffer.alloc(16, seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/** A run of bytes in chunks of up to 1 MiB, of sizes that fit nothing. */
export function* oddChunks(bytes: Buffer, random: () => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(random() ** 3 * MEBIBYTE);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
