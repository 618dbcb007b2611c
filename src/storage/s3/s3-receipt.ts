import type { Piece } from '../assembler.js';
import { storageErrors } from '../storage.errors.js';
import { MAX_PARTS } from './s3-client.js';

/**
 * What a receipt of the S3 driver says.
 * - `part`: a part of the multipart upload. Its number is not that of the piece: it only rises with it.
 * - `tail`: an object that holds bytes too few for a part; the next append puts them in front of its own.
 * - `copy`: an object that holds a part which could not be written in place.
 * - `none`: no bytes yet.
 */
export interface S3Receipt {
  kind: 'part' | 'tail' | 'copy' | 'none';
  /** ETag of a part, or key of an object. */
  value: string;
  /** Number of a part. */
  number: number;
  /** No part number above this one and `partsAtOnce` was ever used. */
  reserved: number;
  /** Parts above `reserved` may be, or still come, in the upload: of a writer that did not let go. */
  open: boolean;
}

export interface S3Piece {
  number: number;
  sizeBytes: number;
  receipt: S3Receipt;
}

const RECEIPT = /^(part|tail|copy|none):(\d+):(\d+)(\+?):(.*)$/;

export function formatReceipt({ kind, number, reserved, open, value }: S3Receipt): string {
  return `${kind}:${number}:${reserved}${open ? '+' : ''}:${value}`;
}

/** @throws OBJECT_DISCARDED for what this driver did not give */
export function parseReceipt(receipt: string): S3Receipt {
  const [, kind, number, reserved, open, value = ''] = RECEIPT.exec(receipt) ?? [];
  if (kind === undefined) {
    throw storageErrors.OBJECT_DISCARDED('A piece of the object was stored elsewhere', { cause: receipt });
  }
  return {
    kind: kind as S3Receipt['kind'],
    number: Number(number),
    reserved: Number(reserved),
    open: open === '+',
    value,
  };
}

export function toPiece({ number, sizeBytes, receipt }: S3Piece): Piece {
  return { number, sizeBytes, receipt: formatReceipt(receipt) };
}

export function fromPiece({ number, sizeBytes, receipt }: Piece): S3Piece {
  return { number, sizeBytes, receipt: parseReceipt(receipt) };
}

/** The receipt of a part that was put to its own number. */
export function partReceipt(number: number, etag: string): S3Receipt {
  return { kind: 'part', number, reserved: number, open: false, value: etag };
}

/** @throws TOO_MANY_PIECES */
export function assertPartNumber(number: number): void {
  if (number > MAX_PARTS) throw storageErrors.TOO_MANY_PIECES();
}
