import type { StreamDocument } from '../ffmpeg/index.js';

export interface Colour {
  /** Transfer function of HDR video; null for SDR. */
  hdr: 'smpte2084' | 'arib-std-b67' | null;
  /** YUV matrix, as the scale filter names it. */
  matrix: 'bt601' | 'bt709' | 'bt2020';
  fullRange: boolean;
}

type ColourTags = Pick<StreamDocument, 'transfer' | 'matrix' | 'range' | 'height'>;

/** What a stream's samples mean. Untagged video is taken for BT.709 from 720 lines on, as players do. */
export function colourOf({ transfer, matrix, range, height }: ColourTags): Colour {
  return {
    hdr: transfer === 'smpte2084' || transfer === 'arib-std-b67' ? transfer : null,
    matrix: matrixOf(matrix, height),
    fullRange: range === 'pc',
  };
}

function matrixOf(matrix: string | null, height: number): Colour['matrix'] {
  switch (matrix) {
    case 'bt709':
      return 'bt709';
    case 'bt2020nc':
    case 'bt2020c':
      return 'bt2020';
    case 'smpte170m':
    case 'bt470bg':
    case 'fcc':
      return 'bt601';
    default:
      return height >= 720 ? 'bt709' : 'bt601';
  }
}

/** Size of what a filter puts out, before it is turned upright. */
export interface FilterSize {
  width: number;
  height: number;
}

/**
 * Brings HDR down to BT.709 at the given size: scaled first, because the rest works on 32-bit floats.
 * The input's meaning is given, not left to the frames: many files tag only their transfer.
 */
export function tonemapFilter(transfer: NonNullable<Colour['hdr']>, { width, height }: FilterSize): string {
  return [
    `zscale=w=${width}:h=${height}:tin=${transfer}:pin=bt2020:min=bt2020nc:t=linear:npl=100`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=tv',
    'format=yuv420p',
  ].join(',');
}
