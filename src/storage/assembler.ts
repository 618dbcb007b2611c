import type { Readable } from 'node:stream';
import type { StoredObject } from './object-store.js';

/** An object that is being put together; nothing is visible at `key` until `assemble`. */
export interface Assembly {
  /** Final key. Helper objects live beside it, under `pieces/`; so no two assemblies may share a directory. */
  key: string;
  /** What `begin` returned. */
  handle: string;
}

/**
 * A run of bytes that is durable. Pieces in the order of their numbers make the object; numbers may have gaps.
 * A piece may be empty: then it only holds a receipt.
 */
export interface Piece {
  number: number;
  sizeBytes: number;
  /** The driver's own, opaque. */
  receipt: string;
}

/** A piece that a client has put straight to the store. */
export interface DirectPiece extends Piece {
  /** As the store answered the client, without quotes. */
  etag: string;
}

/** Where a piece of known size belongs. */
export interface PieceSlot {
  number: number;
  /** Position of its first byte in the object. */
  offset: number;
  sizeBytes: number;
  /** Unique to this attempt; [0-9a-z-]. */
  attempt: string;
  /** True when nobody ever wrote, or could still be writing, to this range: it may be written in place. */
  exclusive: boolean;
}

export interface PutPieceOptions {
  /** Ends the attempt. */
  signal?: AbortSignal;
  /** Called when all bytes have been read; when it throws, the piece does not come to be. */
  verify?: () => void;
}

export interface AppendRequest {
  /** Durable so far, in order. */
  pieces: readonly Piece[];
  /** Unique to this writer (its fencing token); [0-9a-z-]. */
  writer: string;
  /** The writer before let go of the assembly in an orderly way: its last piece may be continued in place. */
  continuable: boolean;
  /**
   * Its buffers are the driver's from then on. An append that stops early returns its iterator: a stream is
   * destroyed by that.
   */
  source: AsyncIterable<Buffer>;
  signal?: AbortSignal;
  /**
   * Told each time more is durable, never twice at once: pieces to insert, or to replace by number, in order;
   * with those before always a contiguous prefix of the stream, which never shrinks. It must store them only while
   * the writer is the newest, in one step. When it rejects the append stops and rejects with that.
   *
   * A piece may also be told with the size that it has already, and another receipt: before the first write that a
   * later writer could not tell from its own, and when the last one is over. A receipt says so whether somebody
   * may still be writing there, which a writer that was killed or is paused can't.
   */
  onDurable(pieces: readonly Piece[]): Promise<void>;
}

export interface PresignPieceOptions {
  number: number;
  /** The request must have exactly this length, when given. */
  sizeBytes?: number;
  expiresInSeconds: number;
}

/**
 * Puts objects together of pieces that come in several requests, to several processes. What was told or returned
 * as durable stays so whatever happens to the process; who keeps the pieces' rows decides which of them count.
 * An older writer that is still alive can never change a piece that counts: it may only leave bytes that nobody
 * reads.
 *
 * Every method may throw STORAGE_UNAVAILABLE (try again later), INVALID_STORAGE_KEY, and OBJECT_DISCARDED when
 * the assembly was abandoned or its prefix deleted. One assembly takes either slots or appends, not both.
 */
export abstract class Assembler {
  /** True when `presignPiece` works. */
  abstract readonly canPresign: boolean;
  /**
   * True when a `putPiece` that has failed writes no more, so that the next attempt is exclusive again. Servers may
   * store what a broken request brought, and later than it broke.
   */
  abstract readonly failsForGood: boolean;

  /** Begins an object at `key`. What it leaves when its caller dies goes with `abandon` or `deletePrefix`. */
  abstract begin(key: string, options?: { contentType?: string }): Promise<string>;

  /**
   * Stores one piece of known size and place, in any order, in parallel, repeatedly. Streams, never buffers the
   * piece. Resolves to its receipt when it is durable; the last receipt that the caller stored counts. Rejects
   * when the source fails, ends early or is longer, and receipts that were given before stay valid.
   * @throws PIECE_SIZE_MISMATCH, STORAGE_FULL
   * @throws TOO_MANY_PIECES when the store has no such number
   */
  abstract putPiece(
    assembly: Assembly,
    slot: PieceSlot,
    source: Readable,
    options?: PutPieceOptions,
  ): Promise<string>;

  /** Frees what a receipt names when another one counts in its place. What is only overwritten in place stays. */
  abstract dropPiece(assembly: Assembly, receipt: string): Promise<void>;

  /**
   * Appends to what is durable. Resolves when the source has ended and everything read of it is durable and told.
   * When the source throws or the signal aborts, everything read so far is still made durable and told, and then it
   * rejects with that reason. A failure of the store comes before it: then what was told is all that counts.
   * In any case it has stopped writing when it settles.
   * @throws STORAGE_FULL
   * @throws TOO_MANY_PIECES when the store takes no further piece
   */
  abstract append(assembly: Assembly, request: AppendRequest): Promise<void>;

  /**
   * Makes the object of the pieces, durable and visible when it resolves, and removes all helper objects. There must
   * be at least one byte. May be called again after a crash at any point: resolves when the object is there already
   * with the expected size.
   * @throws OBJECT_DISCARDED when neither the object nor a piece of it is there
   * @throws PIECE_REPLACED when a piece is not any more what its receipt names
   * @throws TOO_MANY_PIECES
   */
  abstract assemble(assembly: Assembly, pieces: readonly Piece[]): Promise<StoredObject>;

  /** Gives up: nothing of it is left but an object that was assembled already. Absent is fine. */
  abstract abandon(assembly: Assembly): Promise<void>;

  /**
   * A URL by which a client PUTs one piece straight to the store, any number of times until it expires.
   * @throws PRESIGN_UNAVAILABLE for drivers that have no such URLs
   * @throws TOO_MANY_PIECES
   */
  abstract presignPiece(assembly: Assembly, piece: PresignPieceOptions): Promise<string>;

  /** What the store itself knows of pieces put straight to it, in order; null where it can't tell. */
  abstract listPieces(assembly: Assembly): Promise<DirectPiece[] | null>;

  /**
   * The piece that a client says it has put straight to the store. Whether it did, `assemble` finds out.
   * @throws PRESIGN_UNAVAILABLE for drivers that have no such pieces
   */
  abstract directPiece(put: Omit<DirectPiece, 'receipt'>): DirectPiece;
}
