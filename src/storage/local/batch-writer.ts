import type { FileHandle } from 'node:fs/promises';

/** As much may wait while a batch is being written: one system call then writes all of it. */
const MAX_QUEUED_BYTES = 1024 ** 2;
/** IOV_MAX of Linux. */
const MAX_BUFFERS = 1024;

/**
 * Writes buffers one after the other from a position of a file on, in batches and without copying them, while the
 * caller goes on reading.
 */
export class BatchWriter {
  /** Where everything before is written; not yet synced. */
  position: number;
  private queue: Buffer[] = [];
  private queuedBytes = 0;
  private batch: Promise<void> | null = null;
  private failure: { reason: unknown } | null = null;

  constructor(
    private readonly file: FileHandle,
    { position, onBatch = () => undefined }: { position: number; onBatch?: () => void },
  ) {
    this.position = position;
    this.onBatch = onBatch;
  }

  /** Called after each batch, also after one that failed. */
  private readonly onBatch: () => void;

  /** Takes the next buffer, which must not change any more. */
  push(chunk: Buffer): void {
    this.queue.push(chunk);
    this.queuedBytes += chunk.length;
    this.batch ??= this.writeBatch();
  }

  /** True when no more should be pushed before `room` resolves. */
  get isFull(): boolean {
    return this.queuedBytes >= MAX_QUEUED_BYTES && this.batch !== null;
  }

  /** Resolves when a batch is written. @throws the failure of a write */
  async room(): Promise<void> {
    await this.batch;
    this.throwIfFailed();
  }

  /** Resolves when everything pushed is written. @throws the failure of a write */
  async drain(): Promise<void> {
    await this.idle();
    this.throwIfFailed();
  }

  /** Resolves when nothing is being written any more, also after a failure. */
  async idle(): Promise<void> {
    while (this.batch) await this.batch;
  }

  throwIfFailed(): void {
    if (this.failure) throw this.failure.reason;
  }

  private async writeBatch(): Promise<void> {
    const buffers = this.queue.splice(0, MAX_BUFFERS);
    const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
    this.queuedBytes -= bytes;
    try {
      await writeFully(this.file, buffers, this.position);
      this.position += bytes;
    } catch (reason) {
      this.failure = { reason };
      this.queue = [];
      this.queuedBytes = 0;
    }
    this.batch = this.queue.length > 0 ? this.writeBatch() : null;
    this.onBatch();
  }
}

async function writeFully(file: FileHandle, buffers: Buffer[], start: number): Promise<void> {
  let position = start;
  for (let rest = buffers; rest.length > 0;) {
    const { bytesWritten } = await file.writev(rest, position);
    position += bytesWritten;
    rest = withoutFirst(rest, bytesWritten);
  }
}

/** What of the buffers is left after some bytes: a write may be short, for example when a disk is nearly full. */
function withoutFirst(buffers: Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  for (const [index, buffer] of buffers.entries()) {
    if (skip < buffer.length) return [buffer.subarray(skip), ...buffers.slice(index + 1)];
    skip -= buffer.length;
  }
  return [];
}
