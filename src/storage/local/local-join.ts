import { type FileHandle, open } from 'node:fs/promises';
import { totalBytes } from '../assembly-pieces.js';
import type { Piece } from '../assembler.js';
import { storageErrors } from '../storage.errors.js';
import type { LocalPieces } from './local-pieces.js';
import { parseReceipt } from './local-receipt.js';
import { FILE_MODE, type LocalStaging } from './local-staging.js';

const COPY_BYTES = 1024 ** 2;

export interface JoinTarget {
  key: string;
  path: string;
}

/**
 * Makes one file of pieces, which are in order. Where they lie one after the other in one file to which nobody can be
 * writing any more, that becomes the object; else they are copied.
 * @throws OBJECT_DISCARDED when a piece is not there
 */
export async function joinPieces(
  pieces: readonly Piece[],
  target: JoinTarget,
  parts: { pieces: LocalPieces; staging: LocalStaging },
): Promise<void> {
  const file = soleFile(pieces);
  if (file === null) {
    await parts.staging.replace(target, (temporary) => copyPieces(pieces, temporary, parts.pieces));
    return;
  }
  await cutDurably(file, totalBytes(pieces), parts.pieces);
  if (!(await parts.staging.move(parts.pieces.path(file), target.path)))
    throw storageErrors.OBJECT_DISCARDED();
}

/** The file that is the object already, but for what it may have beyond its end. */
function soleFile(pieces: readonly Piece[]): string | null {
  let end = 0;
  let sole: string | null = null;
  for (const { sizeBytes, receipt } of pieces) {
    const { file, offset, open } = parseReceipt(receipt);
    if (open || offset !== end || (sole ?? file) !== file) return null;
    sole = file;
    end += sizeBytes;
  }
  return sole;
}

async function cutDurably(file: string, sizeBytes: number, pieces: LocalPieces): Promise<void> {
  const handle = await pieces.openExisting(file, { flags: 'r+', atLeastBytes: sizeBytes });
  try {
    if ((await handle.stat()).size > sizeBytes) await handle.truncate(sizeBytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function copyPieces(pieces: readonly Piece[], temporary: string, from: LocalPieces): Promise<void> {
  const target = await open(temporary, 'wx', FILE_MODE);
  try {
    let position = 0;
    for (const { sizeBytes, receipt } of pieces) {
      const { file, offset } = parseReceipt(receipt);
      const source = await from.openExisting(file, { flags: 'r', atLeastBytes: offset + sizeBytes });
      try {
        await copyRange({ handle: source, offset, sizeBytes }, { handle: target, position });
      } finally {
        await source.close();
      }
      position += sizeBytes;
    }
    await target.datasync();
  } finally {
    await target.close();
  }
}

/** Copies the recorded bytes of a piece: a writer that is still alive may add more behind them. */
async function copyRange(
  from: { handle: FileHandle; offset: number; sizeBytes: number },
  to: { handle: FileHandle; position: number },
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, from.sizeBytes));
  for (let done = 0; done < from.sizeBytes;) {
    const length = Math.min(buffer.length, from.sizeBytes - done);
    const { bytesRead } = await from.handle.read(buffer, 0, length, from.offset + done);
    if (bytesRead === 0) throw storageErrors.OBJECT_DISCARDED();
    await writeAll(to.handle, buffer.subarray(0, bytesRead), to.position + done);
    done += bytesRead;
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
