import { BitReader } from './bit-reader.ts';

/** What a sequence parameter set says of its pictures (ITU-T H.264, 7.3.2.1.1 and E.1). */
export interface SequenceParameters {
  profile: number;
  /** Ten times the level. */
  level: number;
  /** 1 is 4:2:0. */
  chromaFormat: number;
  bitDepth: number;
  /** After cropping. */
  width: number;
  height: number;
  /** Every picture is a whole frame. */
  progressive: boolean;
  /** Width to height of a pixel; null where it is not said. */
  sampleAspect: [number, number] | null;
  /** Primaries, transfer and matrix by their code points (1 is BT.709); null where they are not said. */
  colour: [number, number, number] | null;
}

/** Profiles whose parameter sets tell of chroma (7.3.2.1.1). */
const chromaProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** Table E-1. */
const sampleAspects: readonly [number, number][] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
const EXTENDED_SAR = 255;

/** @param unit the NAL unit, with its header */
export function parseSequenceParameters(unit: Buffer): SequenceParameters {
  const bits = new BitReader(withoutEmulation(unit.subarray(1)));
  const profile = bits.bits(8);
  bits.bits(8);
  const level = bits.bits(8);
  bits.unsigned();
  const chroma = chromaProfiles.has(profile) ? readChroma(bits) : { chromaFormat: 1, bitDepth: 8 };
  bits.unsigned();
  skipPictureOrder(bits);
  bits.unsigned();
  bits.bit();
  const widthInMacroblocks = bits.unsigned() + 1;
  const heightInUnits = bits.unsigned() + 1;
  const progressive = bits.flag();
  if (!progressive) bits.bit();
  bits.bit();
  const crop = bits.flag() ? Array.from({ length: 4 }, () => bits.unsigned()) : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const unitX = chroma.chromaFormat === 1 || chroma.chromaFormat === 2 ? 2 : 1;
  const unitY = (chroma.chromaFormat === 1 ? 2 : 1) * (progressive ? 1 : 2);
  const usability = bits.flag() ? readUsability(bits) : { sampleAspect: null, colour: null };
  return {
    profile,
    level,
    ...chroma,
    width: widthInMacroblocks * 16 - unitX * (left + right),
    height: heightInUnits * 16 * (progressive ? 1 : 2) - unitY * (top + bottom),
    progressive,
    ...usability,
  };
}

function readChroma(bits: BitReader): { chromaFormat: number; bitDepth: number } {
  const chromaFormat = bits.unsigned();
  if (chromaFormat === 3) bits.bit();
  const bitDepth = 8 + Math.max(bits.unsigned(), bits.unsigned());
  bits.bit();
  if (bits.flag()) skipScalingLists(bits, chromaFormat === 3 ? 12 : 8);
  return { chromaFormat, bitDepth };
}

/** 7.3.2.1.1.1 */
function skipScalingLists(bits: BitReader, lists: number): void {
  for (let list = 0; list < lists; list += 1) {
    if (!bits.flag()) continue;
    let last = 8;
    let next = 8;
    for (let at = 0; at < (list < 6 ? 16 : 64); at += 1) {
      if (next !== 0) next = (last + bits.signed() + 256) % 256;
      last = next === 0 ? last : next;
    }
  }
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.unsigned();
  if (type === 0) bits.unsigned();
  if (type !== 1) return;
  bits.bit();
  bits.signed();
  bits.signed();
  for (let left = bits.unsigned(); left > 0; left -= 1) bits.signed();
}

function readUsability(bits: BitReader): Pick<SequenceParameters, 'sampleAspect' | 'colour'> {
  let sampleAspect: [number, number] | null = null;
  if (bits.flag()) {
    const index = bits.bits(8);
    sampleAspect =
      index === EXTENDED_SAR ? [bits.bits(16), bits.bits(16)] : (sampleAspects[index - 1] ?? null);
  }
  if (bits.flag()) bits.bit();
  if (!bits.flag()) return { sampleAspect, colour: null };
  bits.bits(4);
  const colour: SequenceParameters['colour'] = bits.flag()
    ? [bits.bits(8), bits.bits(8), bits.bits(8)]
    : null;
  return { sampleAspect, colour };
}

/** 7.4.1: the byte 3 after two zeros is there so that no start code arises, and is no part of the payload. */
function withoutEmulation(data: Buffer): Buffer {
  return Buffer.from(
    [...data].filter((byte, at) => !(byte === 3 && data[at - 1] === 0 && data[at - 2] === 0)),
  );
}
