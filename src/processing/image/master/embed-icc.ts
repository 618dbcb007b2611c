import { crc32, deflateSync } from 'node:zlib';

/** An APP2 segment holds 65,533 bytes; 14 of them say what it is (ICC.1:2022 annex B.4). */
const jpegChunkBytes = 65_519;
const mostChunks = 255;
const soiBytes = 2;
/** Signature and IHDR; iCCP stands before the palette and the pixels. */
const pngHeadBytes = 33;

/**
 * A JPEG with a colour profile put into it, as parts to be written one after the other. The pixels stay as they
 * are: sharp would convert them. A profile too large for the format is left out.
 */
export function jpegWithProfile(jpeg: Buffer, profile: Buffer): Buffer[] {
  const count = Math.ceil(profile.length / jpegChunkBytes);
  if (count > mostChunks) return [jpeg];
  const segments = Array.from({ length: count }, (_, index) => {
    const chunk = profile.subarray(index * jpegChunkBytes, (index + 1) * jpegChunkBytes);
    const head = Buffer.alloc(18);
    head.writeUInt16BE(0xffe2, 0);
    head.writeUInt16BE(chunk.length + 16, 2);
    head.write('ICC_PROFILE\0', 4, 'latin1');
    head.writeUInt8(index + 1, 16);
    head.writeUInt8(count, 17);
    return Buffer.concat([head, chunk]);
  });
  return [jpeg.subarray(0, soiBytes), ...segments, jpeg.subarray(soiBytes)];
}

/** The same for a PNG (PNG third edition, section 11.3.2.3). */
export function pngWithProfile(png: Buffer, profile: Buffer): Buffer[] {
  const body = Buffer.concat([Buffer.from('iCCPicc\0\0', 'latin1'), deflateSync(profile)]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return [png.subarray(0, pngHeadBytes), chunk, png.subarray(pngHeadBytes)];
}
