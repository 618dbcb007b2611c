/**
 * The codec of an fMP4 init segment as RFC 6381 writes it, read from the encoder's own configuration: what
 * a preset makes of a profile is not what was asked for.
 * @returns null when there is neither AVC video nor MPEG-4 audio in it
 */
export function codecString(init: Buffer): string | null {
  return avcCodec(init) ?? mp4aCodec(init);
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3): version, then profile, constraints, level. */
function avcCodec(init: Buffer): string | null {
  const at = init.indexOf('avcC', 0, 'latin1');
  const record = init.subarray(at + 5, at + 8);
  return at >= 0 && record.length === 3 ? `avc1.${record.toString('hex')}` : null;
}

const decoderConfigTag = 0x04;
const decoderSpecificTag = 0x05;

/** ES descriptor (ISO/IEC 14496-1, 7.2.6): object type, and the audio object type in the specific info. */
function mp4aCodec(init: Buffer): string | null {
  const at = init.indexOf('esds', 0, 'latin1');
  if (at < 0) return null;
  // Behind version and flags; the ES descriptor itself has 3 bytes before its first child.
  const es = descriptor(init, at + 8);
  const config = descriptor(init, es.start + 3);
  const specific = descriptor(init, config.start + 13);
  const objectType = init[config.start];
  const first = init[specific.start];
  if (config.tag !== decoderConfigTag || specific.tag !== decoderSpecificTag) return null;
  if (objectType === undefined || first === undefined) return null;
  return `mp4a.${objectType.toString(16)}.${first >> 3}`;
}

/** Tag and begin of the content: the length before it takes up to four bytes, seven bits each. */
function descriptor(data: Buffer, at: number): { tag: number | undefined; start: number } {
  let start = at + 1;
  while (start < at + 4 && ((data[start] ?? 0) & 0x80) !== 0) start += 1;
  return { tag: data[at], start: start + 1 };
}
