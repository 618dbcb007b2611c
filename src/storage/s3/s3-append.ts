import { randomUUID } from 'node:crypto';
import { AppendSource } from '../append-source.js';
import type { AppendRequest } from '../assembler.js';
import type { S3Assembly } from './s3-assembly.js';
import { MAX_PARTS, type S3Tuning } from './s3-client.js';
import { PartQueue } from './s3-part-queue.js';
import { fromPiece, type S3Piece, toPiece } from './s3-receipt.js';

/** Where the pieces of an append begin. */
interface Start {
  /** Last piece so far. It says, once it is told again, which part numbers are taken. */
  last: S3Piece;
  /** Number of the first new piece: the last one's where its bytes go into it. */
  number: number;
  /** The part numbers up to this one are taken. */
  reserved: number;
}

/**
 * One append: bytes are collected into parts, several of which are on their way at once.
 *
 * An older writer may be alive and still put parts under the numbers that it has in hand, so no writer ever uses
 * the numbers of another. It uses none above the last that was told and `partsAtOnce`; so one that comes after a
 * writer that did not let go begins above that, and tells so, with the last piece, before its first part.
 */
export class S3Append {
  private readonly source: AppendSource;
  private readonly queue: PartQueue<S3Piece>;
  private readonly start: Start;
  private number: number;
  private partNumber: number;
  private lastTold: S3Piece;
  private marked = false;
  private carried = false;
  private buffer: Buffer | null = null;
  private filled = 0;
  /** Helper object that nobody was told of yet. */
  private untold: string | null = null;
  private readonly deletions: Promise<void>[] = [];

  constructor(
    private readonly assembly: S3Assembly,
    private readonly request: AppendRequest,
    private readonly tuning: S3Tuning,
  ) {
    this.start = startAfter(request, tuning.partsAtOnce);
    this.number = this.start.number;
    this.partNumber = this.start.reserved;
    this.lastTold = this.start.last;
    this.source = new AppendSource(request.source, request.signal);
    this.queue = new PartQueue(tuning.partsAtOnce, {
      tell: (pieces) => this.tell(pieces),
      onFailure: () => this.source.interrupt(),
    });
  }

  async run(): Promise<void> {
    try {
      await this.read();
      await this.finish();
    } finally {
      this.source.close();
      await this.queue.close();
      // What can't be deleted now goes with the other helpers.
      if (this.untold) await this.assembly.deleteHelper(this.untold).catch(() => undefined);
      await Promise.all(this.deletions);
    }
    this.source.throwIfFailed();
  }

  private async read(): Promise<void> {
    for (let chunk = await this.source.next(); chunk; chunk = await this.source.next()) {
      if (chunk.length === 0) continue;
      await this.carryTail();
      await this.collect(chunk);
    }
  }

  /** The bytes of the last append that were too few for a part come before the new ones. */
  private async carryTail(): Promise<void> {
    if (this.carried) return;
    this.carried = true;
    const { last } = this.start;
    if (last.receipt.kind === 'tail') await this.collect(await this.assembly.readTail(last));
  }

  private async collect(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      this.buffer ??= Buffer.allocUnsafeSlow(this.tuning.partSizeBytes);
      const taken = rest.subarray(0, this.buffer.length - this.filled);
      this.buffer.set(taken, this.filled);
      this.filled += taken.length;
      rest = rest.subarray(taken.length);
      if (this.filled === this.buffer.length) await this.addPart(true);
    }
  }

  private async addPart(open: boolean): Promise<void> {
    await this.mark();
    const [number, body, partNumber] = [this.number, this.takeCollected(), this.partNumber + 1];
    this.number += 1;
    this.partNumber = partNumber;
    await this.queue.add(async (signal) => {
      const value = await this.assembly.uploadPart(partNumber, body, signal);
      const receipt = { kind: 'part', number: partNumber, reserved: partNumber, open, value } as const;
      return { number, sizeBytes: body.length, receipt };
    });
  }

  private async addTail(): Promise<void> {
    const [number, body, reserved] = [this.number, this.takeCollected(), this.partNumber];
    // Never the name of an earlier one, which may be told.
    const value = `${this.assembly.prefix}tail-${this.request.writer}-${randomUUID().slice(0, 8)}`;
    this.untold = value;
    await this.queue.add(async (signal) => {
      await this.assembly.putHelper(value, body, signal);
      const receipt = { kind: 'tail', number: 0, reserved, open: false, value } as const;
      return { number, sizeBytes: body.length, receipt };
    });
  }

  /** Everything read becomes durable, and it is told that nothing of this writer is on its way any more. */
  private async finish(): Promise<void> {
    if (this.filled >= this.leastPartBytes()) await this.addPart(false);
    else if (this.filled > 0) await this.addTail();
    await this.queue.drain();
    if (this.marked && this.lastTold.receipt.open) await this.retell(this.lastTold, { open: false });
  }

  /** Before the first part of this writer: whoever comes after it must know which numbers it may use. */
  private async mark(): Promise<void> {
    if (this.marked) return;
    this.marked = true;
    await this.retell(this.start.last, { reserved: this.start.reserved, open: true });
  }

  private async retell(piece: S3Piece, change: Partial<S3Piece['receipt']>): Promise<void> {
    const again = { ...piece, receipt: { ...piece.receipt, ...change } };
    await this.request.onDurable([toPiece(again)]);
    this.lastTold = again;
  }

  private async tell(pieces: S3Piece[]): Promise<void> {
    // A tell that is rejected may have been stored all the same.
    if (pieces.some(({ receipt }) => receipt.value === this.untold)) this.untold = null;
    await this.request.onDurable(pieces.map(toPiece));
    this.lastTold = pieces.at(-1) ?? this.lastTold;
    const { number, receipt } = this.start.last;
    // Only now: before, the row named it. What can't be deleted goes with the other helpers.
    if (receipt.kind === 'tail' && pieces.some((piece) => piece.number === number)) {
      this.deletions.push(this.assembly.deleteHelper(receipt.value).catch(() => undefined));
    }
  }

  private takeCollected(): Buffer {
    const bytes = (this.buffer ?? Buffer.alloc(0)).subarray(0, this.filled);
    this.buffer = null;
    this.filled = 0;
    return bytes;
  }

  /** Short parts only while there are numbers to spare: with the second half of them the largest object must fit. */
  private leastPartBytes(): number {
    const { minPartBytes, partSizeBytes } = this.tuning;
    return this.partNumber < MAX_PARTS / 2 ? minPartBytes : partSizeBytes;
  }
}

function startAfter({ pieces, continuable }: AppendRequest, partsAtOnce: number): Start {
  const known = pieces.map(fromPiece);
  const last = known.at(-1) ?? {
    number: 1,
    sizeBytes: 0,
    receipt: { kind: 'none', number: 0, reserved: 0, open: true, value: '' },
  };
  const taken = Math.max(0, ...known.map(({ receipt }) => receipt.reserved));
  const merges = last.receipt.kind === 'tail' || last.receipt.kind === 'none';
  return {
    last,
    number: merges ? last.number : last.number + 1,
    reserved: continuable && !last.receipt.open ? taken : taken + partsAtOnce,
  };
}
