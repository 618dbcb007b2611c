import type { TransformParams } from '../transform-params.js';
import { canonicalColour } from './colour.js';

/** What is done to the colours and details of the resized picture; see docs/images.md for the order. */
export interface CanonicalEffects {
  grayscale?: true;
  /** Output pixels. */
  pixelate?: number;
  blur?: number;
  /** Factor of the lightness. */
  brightness?: number;
  saturation?: number;
  /** Degrees, 1 to 359. */
  hue?: number;
  sharpen?: number;
  gamma?: number;
  contrast?: number;
  /** `#rrggbb` */
  tint?: string;
  negate?: true;
}

export function canonicalEffects(params: TransformParams): CanonicalEffects {
  const hue = (((params.hue ?? 0) % 360) + 360) % 360;
  // Without colours there is nothing to saturate, nor to turn around the colour wheel.
  const hasColours = !params.grayscale;
  return {
    ...(params.grayscale && { grayscale: true }),
    ...(params.pixelate !== undefined && { pixelate: params.pixelate }),
    ...(params.blur !== undefined && { blur: params.blur }),
    ...factor('brightness', params.brightness),
    ...(hasColours && factor('saturation', params.saturation)),
    ...(hasColours && hue !== 0 && { hue }),
    ...(params.sharpen !== undefined && { sharpen: params.sharpen }),
    ...factor('gamma', params.gamma),
    ...factor('contrast', params.contrast),
    ...(params.tint !== undefined && { tint: canonicalColour(params.tint) }),
    ...(params.negate && { negate: true }),
  };
}

function factor<K extends string>(name: K, value: number | undefined): { [P in K]?: number } {
  return value === undefined || value === 1 ? {} : ({ [name]: value } as { [P in K]: number });
}
