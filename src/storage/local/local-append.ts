import type { FileHandle } from 'node:fs/promises';
import { AppendSource } from '../append-source.js';
import type { AppendRequest, Piece } from '../assembler.js';
import { BatchWriter } from './batch-writer.js';
import { localFailure } from './local-failure.js';
import { type LocalPieces, syncLinked } from './local-pieces.js';
import { formatReceipt, type LocalReceipt } from './local-receipt.js';

/** At most so much is written before it is synced and told, and twice as much while that goes on. */
const SYNC_BYTES = 16 * 1024 ** 2;
const SYNC_INTERVAL_MS = 1000;
/** Slow streams together sync at most 50 times a second, so that hundreds of them leave the disk to others. */
const SYNC_INTERVAL_MS_PER_APPEND = 20;

/** The appends that run in this process. */
export interface LocalPace {
  running: number;
}

/** The piece that an append makes or continues. */
export interface GrowingPiece {
  number: number;
  /** Bytes that it has before. */
  sizeBytes: number;
  receipt: LocalReceipt;
  /** True when it was told before, so that it has to be marked and cut before it is written to. */
  continued: boolean;
}

interface OpenFile {
  handle: FileHandle;
  writer: BatchWriter;
}

/** One append: a reader, a writer and a syncer that work at the same time, each at most a bit ahead of the next. */
export class LocalAppend {
  private readonly source: AppendSource;
  private file: OpenFile | null = null;
  /** Size and receipt that were last told. */
  private told: { sizeBytes: number; open: boolean };
  private entriesSynced: boolean;
  private lastRound = performance.now();
  private round: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private failure: { reason: unknown } | null = null;
  private finishing = false;
  /** A tell that was rejected may have been stored all the same. */
  private everTold = false;

  constructor(
    private readonly request: AppendRequest,
    private readonly piece: GrowingPiece,
    private readonly parts: { pieces: LocalPieces; pace: LocalPace },
  ) {
    this.source = new AppendSource(request.source, request.signal);
    this.told = { sizeBytes: piece.sizeBytes, open: piece.receipt.open };
    this.entriesSynced = piece.continued;
  }

  async run(): Promise<void> {
    this.parts.pace.running += 1;
    try {
      await this.read();
      await this.finish();
    } catch (error) {
      this.failure ??= { reason: error };
    } finally {
      this.parts.pace.running -= 1;
      await this.close();
    }
    if (this.failure) throw this.failure.reason;
    this.source.throwIfFailed();
  }

  private async read(): Promise<void> {
    for (;;) {
      const chunk = await this.source.next();
      if (!chunk || this.failure) return;
      if (chunk.length === 0) continue;
      this.file ??= await this.open();
      const { writer } = this.file;
      writer.push(chunk);
      if (writer.isFull) await stored(writer.room());
      while (writer.position - this.told.sizeBytes >= 2 * SYNC_BYTES && this.round) await this.round;
    }
  }

  /** Only when there is something to write, so that an append of nothing leaves nothing. */
  private async open(): Promise<OpenFile> {
    const { pieces } = this.parts;
    const { sizeBytes, receipt, continued } = this.piece;
    // Before the first byte: an assembly by somebody else must not rename a file that is being written to.
    if (continued && !this.told.open) await this.tell(sizeBytes, true);
    const handle = await stored(
      continued
        ? pieces.openExisting(receipt.file, { flags: 'r+', atLeastBytes: sizeBytes })
        : pieces.create(receipt.file),
    );
    const writer = new BatchWriter(handle, { position: sizeBytes, onBatch: () => this.afterBatch() });
    const file = { handle, writer };
    this.file = file;
    if (continued) await stored(handle.truncate(sizeBytes));
    return file;
  }

  private afterBatch(): void {
    try {
      this.file?.writer.throwIfFailed();
      this.pace();
    } catch (error) {
      this.fail(localFailure(error));
    }
  }

  /** Begins a round of sync and tell when it is time, or sees to it that it will be. */
  private pace(): void {
    if (!this.file || this.round || this.failure || this.finishing) return;
    const unsynced = this.file.writer.position - this.told.sizeBytes;
    if (unsynced === 0) return;
    const interval = Math.max(SYNC_INTERVAL_MS, this.parts.pace.running * SYNC_INTERVAL_MS_PER_APPEND);
    const rest = this.lastRound + interval - performance.now();
    if (unsynced < SYNC_BYTES && rest > 0) {
      this.timer ??= setTimeout(() => this.onTimer(), rest);
      return;
    }
    this.round = this.syncAndTell(this.file, true)
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.round = null;
        this.lastRound = performance.now();
        this.pace();
      });
  }

  private onTimer(): void {
    this.timer = undefined;
    this.pace();
  }

  private async syncAndTell({ handle, writer }: OpenFile, open: boolean): Promise<void> {
    // What is written while the sync goes on belongs to the next one.
    const sizeBytes = writer.position;
    if (sizeBytes > this.told.sizeBytes) {
      await stored(Promise.all([syncLinked(handle), this.syncEntries()]));
    }
    await this.tell(sizeBytes, open);
  }

  private async syncEntries(): Promise<void> {
    if (this.entriesSynced) return;
    await this.parts.pieces.syncEntries();
    this.entriesSynced = true;
  }

  private async tell(sizeBytes: number, open: boolean): Promise<void> {
    const { number, receipt } = this.piece;
    const piece: Piece = { number, sizeBytes, receipt: formatReceipt({ ...receipt, open }) };
    this.everTold = true;
    await this.request.onDurable([piece]);
    this.told = { sizeBytes, open };
  }

  /** What was read becomes durable, and the piece is marked as one that nobody writes to any more. */
  private async finish(): Promise<void> {
    if (!this.file) return;
    const { writer } = this.file;
    await stored(writer.drain());
    this.finishing = true;
    await this.round;
    if (this.failure) return;
    if (writer.position > this.told.sizeBytes || this.told.open) await this.syncAndTell(this.file, false);
  }

  private async close(): Promise<void> {
    this.finishing = true;
    this.source.close();
    clearTimeout(this.timer);
    await this.file?.writer.idle();
    await this.round;
    await this.file?.handle.close();
    const { receipt, continued } = this.piece;
    // What can't be removed now goes with the other pieces.
    if (this.file && !continued && !this.everTold) {
      await this.parts.pieces.remove(receipt.file).catch(() => undefined);
    }
  }

  private fail(reason: unknown): void {
    this.failure ??= { reason };
    this.source.interrupt();
  }
}

/** The result of an operation of the store; what its failure means to the service is told apart from the caller's. */
async function stored<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw localFailure(error);
  }
}
