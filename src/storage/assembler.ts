import type { Readable } from 'node:stream';
import type { StoredObject } from './object-store.js';

export interface Assembly {
  key: string;
  handle: string;
}
export interface Piece {
  number: number;
  sizeBytes: number;
  receipt: string;
}
export interface PieceSlot {
  number: number;
  offset: number;
  sizeBytes: number;
  attempt: string;
  exclusive: boolean;
}
export interface AppendRequest {
  pieces: readonly Piece[];
  writer: string;
  continuable: boolean;
  source: AsyncIterable<Buffer>;
  signal?: AbortSignal;
  onDurable(pieces: readonly Piece[]): Promise<void>;
}
export abstract class Assembler {
  abstract readonly canPresign: boolean;
  abstract begin(key: string, options?: { contentType?: string }): Promise<string>;
  abstract putPiece(
    assembly: Assembly,
    slot: PieceSlot,
    source: Readable,
    options?: { signal?: AbortSignal; verify?: () => void },
  ): Promise<string>;
  abstract append(assembly: Assembly, request: AppendRequest): Promise<void>;
  abstract assemble(assembly: Assembly, pieces: readonly Piece[]): Promise<StoredObject>;
  abstract abandon(assembly: Assembly): Promise<void>;
  abstract presignPiece(
    assembly: Assembly,
    piece: { number: number; sizeBytes?: number; expiresInSeconds: number },
  ): Promise<string>;
  abstract listPieces(assembly: Assembly): Promise<Piece[] | null>;
}
