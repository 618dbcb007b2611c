import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import decodeJxl, { init } from '@jsquash/jxl/decode.js';
import type { DecodedPicture, DecoderFault, DecoderLimits } from './decoder.js';

/** Node's own types leave it out. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: { compile(bytes: Uint8Array): Promise<WebAssembly.Module> };
};

function failed(why: string, fault: DecoderFault = 'corrupt'): Error {
  return new Error(why, { cause: fault });
}

/** What the decoder makes its result of; browsers have it. */
class ImageData {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray<ArrayBuffer>, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}

/**
 * Decodes a JPEG XL picture, of an animation the first frame, to sRGB; orientation is applied.
 * @throws Error with a DecoderFault as its cause
 */
export async function decode(bytes: Uint8Array, { maxPixels }: DecoderLimits): Promise<DecodedPicture> {
  const size = readSize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (size.width * size.height > maxPixels)
    throw failed(`${size.width} × ${size.height} pixels`, 'too-large');
  Object.assign(globalThis, { ImageData });
  const wasm = await readFile(fileURLToPath(import.meta.resolve('@jsquash/jxl/codec/dec/jxl_dec.wasm')));
  await init(await webAssembly.compile(wasm));
  const picture = await decodeJxl(new Uint8Array(bytes).buffer).catch((error: unknown) => {
    throw failed(String(error));
  });
  const { width, height, data } = picture;
  return {
    width,
    height,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) as Uint8Array<ArrayBuffer>,
  };
}

/** ISO/IEC 18181-1 annex D.2: the size header; and ISO/IEC 18181-2 for the boxes around the code stream. */
function readSize(file: Buffer): { width: number; height: number } {
  const read = bitReader(codeStream(file), 16);
  const small = read(1) === 1;
  const side = () => (small ? (read(5) + 1) * 8 : read([9, 13, 18, 30][read(2)] ?? 30) + 1);
  const height = side();
  const ratio = [0, 1, 12 / 10, 4 / 3, 3 / 2, 16 / 9, 5 / 4, 2][read(3)] ?? 0;
  return { height, width: ratio === 0 ? side() : Math.floor(height * ratio) };
}

/** From its signature on. */
function codeStream(file: Buffer): Buffer {
  let at = 0;
  while (file.readUInt16BE(at) !== 0xff0a) {
    if (at + 20 > file.length) throw failed('there is no code stream');
    const size = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const headerBytes = size === 1 ? 16 : 8;
    if (type === 'jxlc') at += headerBytes;
    // A part of the code stream has its number before it.
    else if (type === 'jxlp') at += headerBytes + 4;
    else if (size < 8) throw failed('a box has no size');
    else at += size;
    if (at + 16 > file.length) throw failed('there is no code stream');
  }
  return file.subarray(at);
}

/** Reads numbers whose first bit is the least significant of its byte. @returns a function that takes their length */
function bitReader(bytes: Buffer, start: number): (count: number) => number {
  let at = start;
  return (count) => {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1, at += 1) {
      value += (((bytes[at >> 3] ?? 0) >> (at & 7)) & 1) * 2 ** bit;
    }
    return value;
  };
}
