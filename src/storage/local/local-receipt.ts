import { storageErrors } from '../storage.errors.js';

/** The file that takes slots in place. */
export const WHOLE = 'whole';

/** What a receipt of the local driver says: which file holds the piece, and where. */
export interface LocalReceipt {
  file: string;
  offset: number;
  /** Somebody may still be writing behind the piece: its file must be neither continued by others nor renamed. */
  open: boolean;
}

const RECEIPT = /^([a-z][0-9a-z-]*)@(\d+)(\+?)$/;

export function formatReceipt({ file, offset, open }: LocalReceipt): string {
  return `${file}@${offset}${open ? '+' : ''}`;
}

/** @throws OBJECT_DISCARDED for what this driver did not give */
export function parseReceipt(receipt: string): LocalReceipt {
  const [, file, offset, open] = RECEIPT.exec(receipt) ?? [];
  if (file === undefined) {
    throw storageErrors.OBJECT_DISCARDED('A piece of the object was stored elsewhere', { cause: receipt });
  }
  return { file, offset: Number(offset), open: open === '+' };
}
