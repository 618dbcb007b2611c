import {
  type OutputColorspace,
  outputColorspaces,
  type OutputFormat,
  outputFormats,
} from '../transform-params.js';
import { Choice, Colour, Flag, Quantity } from './parameter.js';

export const formatWords = ['auto', ...outputFormats] as const;

/** How a result is encoded. */
export class OutputQuery {
  @Choice(formatWords, {
    description: 'Output format; `auto` takes the best that the Accept header lists by name.',
    default: 'auto',
    example: 'webp',
  })
  format?: 'auto' | OutputFormat;

  @Quantity('quality', {
    integer: true,
    description: 'Encoder quality; PNG and GIF ignore it. Default 80, for AVIF 50.',
    example: 80,
  })
  quality?: number;

  @Quantity('maxBytes', {
    integer: true,
    description:
      'Takes the highest quality, up to `quality` and down to 10, that gives no more bytes than this; a ' +
      'problem when there is none.',
    example: 100_000,
  })
  maxBytes?: number;

  @Flag({ description: 'Loses nothing: WebP and AVIF; PNG never does.', default: false })
  lossless?: boolean;

  @Choice(outputColorspaces, {
    description: '`p3` keeps Display P3 of a picture that has it; everything else becomes sRGB.',
    default: 'srgb',
    example: 'srgb',
  })
  colorspace?: OutputColorspace;

  @Flag({ description: 'False keeps camera, lens and time. Where, never.', default: true })
  strip?: boolean;

  @Flag({ description: 'Keeps copyright and artist while stripping.', default: true })
  keepCopyright?: boolean;

  @Colour({
    description:
      'Colour behind transparency, padding and rounded corners, `rgb` or `rrggbb`. Transparent where ' +
      'possible, else white.',
    example: 'ffffff',
  })
  background?: string;
}
