import { createRequire } from 'node:module';
import type { DecodedPicture, DecoderFault, DecoderLimits } from './decoder.js';

// The package is CommonJS, and its types describe the raw bindings only in part.
const require = createRequire(import.meta.url);

/** The part of libheif's bindings that is used here. Handles are opaque; failures come back as values. */
interface LibHeif {
  heif_context_alloc(): object;
  heif_context_free(context: object): void;
  heif_context_read_from_memory(context: object, bytes: Uint8Array): HeifError;
  heif_js_context_get_primary_image_handle(context: object): object | HeifError;
  heif_image_handle_get_width(handle: object): number;
  heif_image_handle_get_height(handle: object): number;
  heif_image_handle_is_premultiplied_alpha(handle: object): number;
  heif_image_handle_release(handle: object): void;
  heif_js_decode_image2(handle: object, colourSpace: object, chroma: object): HeifPicture | HeifError;
  heif_image_release(image: object): void;
  heif_colorspace_RGB: object;
  heif_chroma_interleaved_RGBA: object;
  heif_error_Ok: object;
  heif_error_Unsupported_feature: object;
  heif_error_Unsupported_filetype: object;
  heif_error_Plugin_loading_error: object;
  heif_error_Memory_allocation_error: object;
}

interface HeifError {
  code: object;
  message: string;
}

interface HeifPicture {
  image: object;
  channels: { width: number; height: number; stride: number; data: Uint8Array }[];
}

function failed(why: string, fault: DecoderFault): Error {
  return new Error(why, { cause: fault });
}

/**
 * Decodes the primary picture of a HEIF file (ISO/IEC 23008-12) that is coded in HEVC. What the container says of
 * rotation, mirroring and cropping is applied, and EXIF's orientation, which only repeats it, is not. Of
 * more than 8 bits a channel the upper eight are kept; the colour space is left as it is.
 * @throws Error with a DecoderFault as its cause
 */
export function decode(bytes: Uint8Array, { maxPixels }: DecoderLimits): DecodedPicture {
  assertWhole(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const heif = require('libheif-js/wasm-bundle') as LibHeif;
  const context = heif.heif_context_alloc();
  const parsed = heif.heif_context_read_from_memory(context, bytes);
  if (parsed.code !== heif.heif_error_Ok) throw failureOf(heif, parsed);
  const handle = heif.heif_js_context_get_primary_image_handle(context);
  if (isError(handle)) throw failureOf(heif, handle);
  const width = heif.heif_image_handle_get_width(handle);
  const height = heif.heif_image_handle_get_height(handle);
  if (!(width > 0 && height > 0)) throw failed('the picture has no size', 'corrupt');
  if (width * height > maxPixels) throw failed(`${width} × ${height} pixels`, 'too-large');
  const picture = heif.heif_js_decode_image2(
    handle,
    heif.heif_colorspace_RGB,
    heif.heif_chroma_interleaved_RGBA,
  );
  if (isError(picture)) throw failureOf(heif, picture);
  const [pixels] = picture.channels;
  if (!pixels || pixels.width !== width || pixels.height !== height) {
    throw failed('the picture is not of the size that the file names', 'corrupt');
  }
  const data = withoutPadding(pixels);
  if (heif.heif_image_handle_is_premultiplied_alpha(handle)) divideByAlpha(data);
  heif.heif_image_release(picture.image);
  heif.heif_image_handle_release(handle);
  heif.heif_context_free(context);
  return { width, height, data };
}

function isError(value: object): value is HeifError {
  return 'code' in value && 'message' in value;
}

function failureOf(heif: LibHeif, { code, message }: HeifError): Error {
  const unsupported = [
    heif.heif_error_Unsupported_feature,
    heif.heif_error_Unsupported_filetype,
    heif.heif_error_Plugin_loading_error,
  ];
  if (unsupported.includes(code)) return failed(message, 'unsupported');
  if (code === heif.heif_error_Memory_allocation_error) return failed(message, 'too-large');
  return failed(message, 'corrupt');
}

/** Copies the pixels out of the decoder's memory. */
function withoutPadding({ width, height, stride, data }: HeifPicture['channels'][number]) {
  const rowBytes = width * 4;
  const rows = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    rows.set(data.subarray(y * stride, y * stride + rowBytes), y * rowBytes);
  }
  return rows;
}

function divideByAlpha(data: Uint8Array): void {
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = at; channel < at + 3; channel += 1) {
      data[channel] = Math.min(255, Math.round(((data[channel] ?? 0) * 255) / alpha));
    }
  }
}

/**
 * libheif shows what is there of a file that was cut short, and grey for the rest. So the places of all items are
 * looked up in the item location box (ISO/IEC 14496-12 section 8.11.3) before.
 */
function assertWhole(file: Buffer): void {
  try {
    const meta = findBox(file, 'meta', 0);
    // A full box: version and flags come first.
    const iloc = meta && findBox(meta, 'iloc', 4);
    if (iloc && endOfItems(iloc) > file.length) throw failed('the file is cut short', 'corrupt');
  } catch (error) {
    throw (error as Error).name === 'RangeError' ? failed('the file is cut short', 'corrupt') : error;
  }
}

/** The content of the first box of a type. */
function findBox(boxes: Buffer, type: string, start: number): Buffer | null {
  for (let at = start; at + 8 <= boxes.length;) {
    const short = boxes.readUInt32BE(at);
    const size =
      short === 1 ? Number(boxes.readBigUInt64BE(at + 8)) : short === 0 ? boxes.length - at : short;
    const headerBytes = short === 1 ? 16 : 8;
    if (size < headerBytes) return null;
    if (boxes.toString('latin1', at + 4, at + 8) === type) return boxes.subarray(at + headerBytes, at + size);
    at += size;
  }
  return null;
}

/** Where the last item that lies in this file ends. */
function endOfItems(iloc: Buffer): number {
  let at = 4;
  const read = (bytes: number) => {
    if (bytes === 0) return 0;
    const value = bytes === 8 ? Number(iloc.readBigUInt64BE(at)) : iloc.readUIntBE(at, bytes);
    at += bytes;
    return value;
  };
  const version = iloc[0] ?? 0;
  const [sizes, more] = [read(1), read(1)];
  const wide = version === 2 ? 4 : 2;
  const indexBytes = version > 0 ? more & 15 : 0;
  let end = 0;
  for (let left = read(wide); left > 0; left -= 1) {
    read(wide);
    const inFile = version === 0 || (read(2) & 15) === 0;
    read(2);
    const base = read(more >> 4);
    for (let extents = read(2); extents > 0; extents -= 1) {
      read(indexBytes);
      const extentEnd = base + read(sizes >> 4) + read(sizes & 15);
      if (inFile) end = Math.max(end, extentEnd);
    }
  }
  return end;
}
