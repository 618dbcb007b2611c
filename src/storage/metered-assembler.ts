import type { Readable } from 'node:stream';
import {
  type AppendRequest,
  Assembler,
  type Assembly,
  type DirectPiece,
  type Piece,
  type PieceSlot,
  type PresignPieceOptions,
  type PutPieceOptions,
} from './assembler.js';
import type { StoredObject } from './object-store.js';
import type { StorageObserver, StorageOperation } from './storage-observer.js';
import { timed } from './timed-operation.js';

/** Any assembler, with every operation timed; those that read a source with the time that it took. */
export class MeteredAssembler extends Assembler {
  constructor(
    private readonly inner: Assembler,
    private readonly observer: StorageObserver,
  ) {
    super();
  }

  override get canPresign(): boolean {
    return this.inner.canPresign;
  }

  override get failsForGood(): boolean {
    return this.inner.failsForGood;
  }

  override begin(key: string, options?: { contentType?: string }): Promise<string> {
    return this.timed('begin', () => this.inner.begin(key, options));
  }

  override putPiece(
    assembly: Assembly,
    slot: PieceSlot,
    source: Readable,
    options: PutPieceOptions = {},
  ): Promise<string> {
    const { signal, verify } = options;
    const faults = new Set<unknown>();
    const watched = verify && { verify: () => noting(faults, verify) };
    return this.timed(
      'put_piece',
      () => this.inner.putPiece(assembly, slot, source, { ...options, ...watched }),
      (error) =>
        faults.has(error) ||
        error === source.errored ||
        (signal?.aborted === true && error === signal.reason),
    );
  }

  override dropPiece(assembly: Assembly, receipt: string): Promise<void> {
    return this.timed('drop_piece', () => this.inner.dropPiece(assembly, receipt));
  }

  override append(assembly: Assembly, request: AppendRequest): Promise<void> {
    const { signal } = request;
    const faults = new Set<unknown>();
    const watched: AppendRequest = {
      ...request,
      source: notingSource(faults, request.source),
      onDurable: (pieces) => notingAsync(faults, () => request.onDurable(pieces)),
    };
    return this.timed(
      'append',
      () => this.inner.append(assembly, watched),
      (error) => faults.has(error) || (signal?.aborted === true && error === signal.reason),
    );
  }

  override assemble(assembly: Assembly, pieces: readonly Piece[]): Promise<StoredObject> {
    return this.timed('assemble', () => this.inner.assemble(assembly, pieces));
  }

  override abandon(assembly: Assembly): Promise<void> {
    return this.timed('abandon', () => this.inner.abandon(assembly));
  }

  override presignPiece(assembly: Assembly, piece: PresignPieceOptions): Promise<string> {
    return this.timed('presign', () => this.inner.presignPiece(assembly, piece));
  }

  override listPieces(assembly: Assembly): Promise<DirectPiece[] | null> {
    return this.timed('list_pieces', () => this.inner.listPieces(assembly));
  }

  override directPiece(put: Omit<DirectPiece, 'receipt'>): DirectPiece {
    return this.inner.directPiece(put);
  }

  private timed<T>(
    operation: StorageOperation,
    run: () => Promise<T>,
    isCallersFault?: (error: unknown) => boolean,
  ): Promise<T> {
    return timed({ observer: this.observer, operation, ...(isCallersFault && { isCallersFault }) }, run);
  }
}

function noting(faults: Set<unknown>, run: () => void): void {
  try {
    run();
  } catch (error) {
    faults.add(error);
    throw error;
  }
}

async function notingAsync(faults: Set<unknown>, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    faults.add(error);
    throw error;
  }
}

async function* notingSource(faults: Set<unknown>, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source) yield chunk;
  } catch (error) {
    faults.add(error);
    throw error;
  }
}
