import { type FileHandle, open } from 'node:fs/promises';

/** How many bytes a file has when it is whole, 0 when it is cut, empty or not there. */
export type WholeSize = (path: string) => Promise<number>;

/**
 * Size of an fMP4 file or fragment whose boxes (ISO/IEC 14496-12, 4.2) add up to it; else 0. A muxer that
 * hits a full disk leaves the file cut and says nothing.
 */
export const wholeFragmentSize: WholeSize = (path) => withFile(path, walkBoxes);

/** Size of a JPEG that ends as one; else 0. */
export const wholeJpegSize: WholeSize = (path) =>
  withFile(path, async (file, size) => {
    const end = await readAt(file, Math.max(0, size - 2), 2);
    return end.equals(Buffer.from([0xff, 0xd9])) ? size : 0;
  });

async function walkBoxes(file: FileHandle, size: number): Promise<number> {
  let at = 0;
  while (at < size) {
    const header = await readAt(file, at, 16);
    if (header.length < 8) return 0;
    const short = header.readUInt32BE(0);
    // 1: the length follows in 64 bits. 0, up to the end of the file, is not written by our muxer.
    const length = short === 1 && header.length === 16 ? Number(header.readBigUInt64BE(8)) : short;
    if (length < 8) return 0;
    at += length;
  }
  return at === size ? size : 0;
}

async function withFile(
  path: string,
  measure: (file: FileHandle, size: number) => Promise<number>,
): Promise<number> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return 0;
  try {
    return await measure(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
