import { Injectable } from '@nestjs/common';
import { Assembler, type Piece, uploadKey } from '../../storage/index.js';
import type { Upload } from '../entities/upload.entity.js';
import { sessionErrors } from './session.errors.js';
import { UploadRepository } from './upload.repository.js';
import type { WriterLease } from './writer-lease.js';

/** Bytes that come in order, noted as durable in order: the offset never goes down. */
@Injectable()
export class UploadStream {
  constructor(
    private readonly assembler: Assembler,
    private readonly repository: UploadRepository,
  ) {}

  /**
   * Appends a stream to a session. Whatever was read of it when it ends, or fails, is durable and noted.
   * @throws what the source throws, UPLOAD_TAKEN_OVER, STORAGE_FULL, STORAGE_UNAVAILABLE
   */
  async append(
    { id, assembly }: Upload,
    { token, continuable, signal }: WriterLease,
    source: AsyncIterable<Buffer>,
  ): Promise<void> {
    const pieces = await this.repository.pieces(id);
    const sizes = new Map(pieces.map(({ number, sizeBytes }) => [number, sizeBytes]));
    await this.assembler.append(
      { key: uploadKey(id), handle: assembly },
      {
        pieces,
        writer: String(token),
        continuable,
        source,
        signal,
        onDurable: async (stored: readonly Piece[]) => {
          for (const { number, sizeBytes } of stored) sizes.set(number, sizeBytes);
          const offset = [...sizes.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0);
          if (!(await this.repository.acknowledge({ id, token }, stored, offset))) {
            throw sessionErrors.UPLOAD_TAKEN_OVER();
          }
        },
      },
    );
  }
}
