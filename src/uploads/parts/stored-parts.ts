import { Injectable } from '@nestjs/common';
import { Assembler, uploadKey } from '../../storage/index.js';
import type { Upload } from '../entities/upload.entity.js';
import type { ClaimedPart } from './completed-parts.js';
import { UploadRepository } from '../session/upload.repository.js';

export interface ListedPart {
  number: number;
  size: number;
  etag: string;
  receipt: string;
}

/** The parts of a session, whichever way they came. */
@Injectable()
export class StoredParts {
  constructor(
    private readonly repository: UploadRepository,
    private readonly assembler: Assembler,
  ) {}

  /** The same, as a client would claim them. */
  async claims(upload: Upload): Promise<ClaimedPart[]> {
    return (await this.list(upload)).map(({ number, etag }) => ({ partNumber: number, etag }));
  }

  /** In order. Of parts that went straight to the store it tells as far as the store does. */
  async list({ id, assembly, direct }: Upload): Promise<ListedPart[]> {
    const rows = await this.repository.parts(id);
    const parts = new Map<number, ListedPart>(
      rows.map(({ number, sizeBytes, etag, receipt }) => [
        number,
        { number, size: sizeBytes, etag: etag ?? '', receipt: receipt ?? '' },
      ]),
    );
    if (direct === 'parts') {
      const listed = await this.assembler.listPieces({ key: uploadKey(id), handle: assembly });
      for (const { number, sizeBytes, etag, receipt } of listed ?? []) {
        // Whichever came last counts at the store: a row of another receipt tells of a part that was replaced.
        if (parts.get(number)?.receipt !== receipt)
          parts.set(number, { number, size: sizeBytes, etag, receipt });
      }
    }
    return [...parts.values()].toSorted((a, b) => a.number - b.number);
  }
}
