export const transformFits = ['cover', 'contain', 'inside', 'outside', 'fill'] as const;
export type TransformFit = (typeof transformFits)[number];

/** Nine points of the compass, and two that look for what matters: colour and faces, or detail. */
export const transformPositions = [
  'centre',
  'north',
  'northeast',
  'east',
  'southeast',
  'south',
  'southwest',
  'west',
  'northwest',
  'attention',
  'entropy',
] as const;
export type TransformPosition = (typeof transformPositions)[number];

export const outputFormats = ['jpeg', 'png', 'webp', 'avif'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export const transformRotations = [0, 90, 180, 270] as const;
export type TransformRotation = (typeof transformRotations)[number];

/** What a client may ask for. Everything is optional; an empty request makes the picture upright sRGB. */
export interface TransformParams {
  /** CSS pixels: multiplied by `dpr`. */
  width?: number;
  height?: number;
  fit?: TransformFit;
  position?: TransformPosition;
  format?: 'auto' | OutputFormat;
  quality?: number;
  dpr?: number;
  /** `rgb` or `rrggbb`, hexadecimal. */
  background?: string;
  /** Degrees clockwise, on top of the EXIF orientation and before resizing. */
  rotate?: TransformRotation;
  /** Sigma in output pixels. */
  blur?: number;
  sharpen?: number;
  grayscale?: boolean;
}
