import type { Metadata, Sharp } from 'sharp';
import { decoding, type ImageLimits, openImage } from '../../open-image.js';
import type { CanonicalTransform } from '../canonical-transform.js';
import type { Size } from '../geometry/size.js';
import { type CanonicalTurn, orientationTurn, turnedSize } from '../geometry/turn.js';
import type { Standing } from './draw-geometry.js';

/** An original that was looked into: its header is known, its pixels are not decoded. */
export interface Original {
  header: Metadata;
  /** Pixels as stored, of one frame or page. */
  stored: Size;
  /** What stands it upright. */
  orientation: CanonicalTurn;
  /** How it stands before a turn that was asked for. */
  standing(turn: CanonicalTurn): Standing;
  /** Starts a pipeline on the wanted page, or on all wanted frames. Not upright. */
  open(part: 'page' | 'frames'): Sharp;
}

/** @throws IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TIMEOUT */
export async function openOriginal(
  input: string | Buffer,
  transform: Pick<CanonicalTransform, 'page' | 'frames' | 'colorspace'>,
  limits: Pick<ImageLimits, 'maxPixels' | 'timeoutSeconds'>,
): Promise<Original> {
  const page = transform.page === undefined ? {} : { page: transform.page };
  const frames = { ...page, pages: transform.frames ?? 1 };
  const header = await decoding(() => openImage(input, limits, page).metadata());
  const stored = { width: header.width, height: header.height };
  const orientation = orientationTurn(header.orientation);
  return {
    header,
    stored,
    orientation,
    standing: (turn) => ({
      size: turnedSize(orientation, stored),
      turn,
      oriented: orientation.rotate !== undefined || orientation.flop === true,
    }),
    open: (part) => prepare(openImage(input, limits, part === 'page' ? page : frames), header, transform),
  };
}

/** Colours become 8-bit sRGB, or stay Display P3. */
function prepare(image: Sharp, header: Metadata, { colorspace }: { colorspace?: 'p3' }): Sharp {
  if (colorspace === 'p3') return image.keepIccProfile();
  // sharp takes 16 bits to Display P3 (and says so nowhere in the result); with 8 bits it goes through the
  // embedded profile to sRGB.
  if (header.space === 'rgb16') return image.pipelineColourspace('srgb');
  if (header.space === 'grey16') return image.pipelineColourspace('b-w');
  return image;
}
